"""The report: tables, figures and one self-contained page beside a comparison.

Opens in a second, loads nothing from anywhere, and only reads records: no model is run again.
"""

import re
from pathlib import Path

import jinja2
from markupsafe import Markup

from cinefuse._version import __version__
from cinefuse.errors import StorageError
from cinefuse.reports import tables
from cinefuse.reports.differences import Differences, PairedDifference, paired_differences
from cinefuse.reports.figures import write_figures
from cinefuse.reports.palette import DARK, LIGHT, with_variables
from cinefuse.reports.summary import ModelSummary, summarise
from cinefuse.results import METRICS, Comparison, read_comparison

DRAWINGS = {
    "macro_f1": "macro F1 of every model with its interval; the same numbers are in the table below",
    "per_genre_f1": "F1 of every genre by every model; the same numbers are in the table below",
}


def write_report(directory: Path) -> Path:
    """Reads `comparison.json` in the folder and writes the report beside it; returns the page's path.

    Writes report.html, table.md, table.csv, per_genre.csv and figures/.

    Raises:
        RunError: if there is no comparison in the folder.
        StorageError: if the disk says no.
    """
    comparison = read_comparison(directory / "comparison.json")
    differences = paired_differences(directory, summarise(comparison))
    try:
        drawings = write_figures(comparison, directory / "figures")
        files = {
            "table.md": tables.to_markdown(tables.overall_table(comparison)),
            "table.csv": tables.overall_csv(comparison),
            "per_genre.csv": tables.genre_csv(comparison),
            "report.html": render_page(comparison, differences, drawings),
        }
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StorageError(f"{directory}: the report cannot be written: {error.strerror}") from error
    return directory / "report.html"


def render_page(comparison: Comparison, differences: Differences, drawings: dict[str, str]) -> str:
    """The page as one string; `drawings` are the figures as SVG by name."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cinefuse", "reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    summaries = summarise(comparison)
    return environment.get_template("page.html.jinja").render(
        corpus=comparison.corpus,
        n_models=len(summaries),
        headline=headline(summaries),
        overall=tables.overall_table(comparison),
        genres=tables.genre_table(comparison),
        making=making_table(summaries),
        drawings={name: _inline(name, svg) for name, svg in drawings.items()},
        sentences=[sentence(pair) for pair in differences.pairs],
        missing_differences=differences.missing,
        undefined=sorted({genre for result in comparison.models for genre in result.undefined}),
        rules=sorted({result.threshold.rule for result in comparison.models}),
        own_skipped=own_skipped(comparison),
        several_seeds=any(len(summary.results) > 1 for summary in summaries),
        kinds={summary.model: summary.kind for summary in summaries},
        metrics=METRICS,
        light=LIGHT,
        dark=DARK,
        version=__version__,
    )


def headline(summaries: list[ModelSummary]) -> str:
    """What came out, in one sentence."""
    if not summaries or summaries[0].mean("f1_macro") is None:
        return "No model has a macro F1 on these films."
    best = summaries[0]
    score = f"The best is {best.model} with a macro F1 of {tables.with_spread(best, 'f1_macro')} %"
    interval = best.interval("f1_macro")
    return score + ("." if interval is None else f" (95 % interval {tables.percent_interval(interval)}).")


def sentence(pair: PairedDifference) -> dict[str, str]:
    """A paired difference in words: question, verdict and the numbers behind it."""
    points = 100 * pair.difference
    where = "ahead of" if points >= 0 else "behind"
    verdict = "distinguishable" if pair.distinguishable else "not distinguishable"
    return {
        "question": pair.question,
        "finding": f"{pair.first} is {abs(points):.1f} points of macro F1 {where} {pair.second}",
        "verdict": f"{verdict} on this test set",
        "numbers": f"95 % interval {_signed(pair.low)} to {_signed(pair.high)}, p = {_p(pair.p)}",
    }


def making_table(summaries: list[ModelSummary]) -> tables.Table:
    """How each model was made and what it cost."""
    sizes = ("backbone (M)", "head (M)", "total (M)", "trained (M)")
    columns = ("model", "seeds", "threshold", *sizes, "train (s)", "evaluate (s)")
    rows = []
    for summary in summaries:
        first = summary.results[0]
        counts = first.parameters
        rows.append(
            (
                summary.model,
                ", ".join(str(result.seed) for result in summary.results),
                tables.threshold(summary),
                *(
                    tables.millions(count) if count else tables.UNDEFINED
                    for count in (counts.backbone, counts.head, counts.total, counts.trainable)
                ),
                tables.seconds(summary.train_seconds()),
                f"{first.seconds.evaluate:,.1f}",
            )
        )
    return tables.Table(columns, rows, frozenset(columns) - {"model", "seeds", "threshold"})


def own_skipped(comparison: Comparison) -> dict[str, dict[str, int]]:
    """Model -> what was left out or absent for it beyond what the comparison says of all."""
    shared = comparison.corpus.skipped.items()
    own = {result.model: dict(result.corpus.skipped.items() - shared) for result in comparison.models}
    return {model: dict(sorted(skipped.items())) for model, skipped in own.items() if skipped}


def _inline(name: str, svg: str) -> Markup:
    """A drawing of our own as part of the page: in its colours, named for those who hear it, ids its own."""
    drawing = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg[svg.index("<svg") :])
    spoken = f'<svg role="img" aria-label="{DRAWINGS[name]}" '
    return Markup(with_variables(drawing).replace("<svg ", spoken, 1))  # noqa: S704 -- matplotlib escapes text


def _signed(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.4f}"
