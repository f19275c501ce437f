"""What stands above the sections: what was compared, what came out in two sentences, on which films."""

from collections.abc import Sequence

from cinefuse.reports.material import Material
from cinefuse.reports.section import Block, Facts, Prose, Section, Verdict
from cinefuse.reports.table import estimate, percent_interval
from cinefuse.results import CorpusSummary


def title(material: Material) -> str:
    """7 models on 811 test films of open."""
    corpus, n_models = material.comparison.corpus, len(material.models)
    return (
        f"{n_models} {'model' if n_models == 1 else 'models'} on {corpus.movies:,} {corpus.split} "
        f"{'film' if corpus.movies == 1 else 'films'} of {corpus.name}"
    )


def lead(material: Material, sections: Sequence[Section]) -> list[str]:
    """The best model and the answer to the first question."""
    answers = (block for section in sections for block in section.blocks if isinstance(block, Verdict))
    first = next((block.finding for block in answers if block.numbers), None)
    failed = sorted({failure.model for failure in material.comparison.failed})
    sentences = [
        _best(material),
        first,
        f"Failed, and missing here: {', '.join(failed)}." if failed else None,
    ]
    return [sentence for sentence in sentences if sentence]


def facts(material: Material) -> list[Block]:
    """The films and rules, and what was left out."""
    rules = sorted({result.threshold.rule for result in material.comparison.models})
    shared = corpus_facts(material.comparison.corpus).facts
    return [
        Facts((*shared, ("threshold", ", ".join(rules).replace("-", " ")))),
        Prose(_left_out(material), quiet=True),
    ]


def corpus_facts(corpus: CorpusSummary) -> Facts:
    """Which films, by which rules."""
    return Facts(
        (
            ("films scored", f"{corpus.movies:,} ({corpus.split})"),
            ("genres", f"{len(corpus.genres)}"),
            ("split", corpus.split_rule),
            ("plot", corpus.plot_rule),
        )
    )


def _best(material: Material) -> str:
    best = next((one for one in material.summaries if one.values("f1_macro")), None)
    if best is None:
        return "No model has a macro F1 on these films."
    score = estimate(best.estimate("f1_macro"))
    interval = best.interval("f1_macro")
    return f"The best is {best.model} with a macro F1 of {score.text} %" + (
        f" (95 % interval {percent_interval(interval)})." if interval else "."
    )


def _left_out(material: Material) -> str:
    shared = material.comparison.corpus.skipped
    own = {
        result.model: {why: n for why, n in result.corpus.skipped.items() if shared.get(why) != n}
        for result in material.comparison.models
    }
    sentences = (
        [f"Left out, or used without that part: {_counts(shared)}."] if shared else ["No film was left out."]
    )
    sentences += [f"{model}: {_counts(skipped)}." for model, skipped in own.items() if skipped]
    return " ".join(sentences)


def _counts(skipped: dict[str, int]) -> str:
    return "; ".join(f"{reason} ({count:,})" for reason, count in skipped.items())
