"""The model card: README.md of an export, made from what the run itself measured. Hub and people read it."""

from dataclasses import dataclass
from pathlib import Path

from cinefuse.export.hub_data import hub_data
from cinefuse.export.requirements import INSTALL
from cinefuse.exported.record import Agreement, ExportRecord
from cinefuse.reports.result_tables import genre_scores_table, metrics_table
from cinefuse.reports.table import millions, to_markdown
from cinefuse.results import Result

NO_LICENSE = (
    "**No licence is given.** Who made this model chooses one, with regard to the licences of its encoders "
    "and of the films that it was trained on, and writes `license:` into the head of this file "
    "(`cinefuse export --license` does it)."
)

PEOPLE_READ = (
    "It also reads who made a film, where a director or a cast is given: their names are looked for among "
    "those of the training films, which are in `people.json`. "
)


@dataclass(frozen=True, slots=True)
class CardMaterial:
    """What a card is made from.

    Attributes:
        result: of the run on a split that was kept for it; None where the run has none beside it.
        encoders: "plots" and "posters" -> what their encoder started from; absent for one from scratch.
        license: an identifier of the hub's; None leaves it to the user.
    """

    record: ExportRecord
    result: Result | None
    encoders: dict[str, str]
    license: str | None = None


def write_card(material: CardMaterial, path: Path) -> None:
    """Writes the card."""
    path.write_text(card(material), encoding="utf-8")


def card(material: CardMaterial) -> str:
    """The card as Markdown, headed by what the hub reads of it."""
    record, result = material.record, material.result
    head = hub_data(record, result, material.license).to_yaml(line_break="\n")
    sections = [
        f"# {record.model}: film genres from {_read(record)}",
        _summary(material),
        f"## Scores\n\n{_scores(result)}",
        f"## How it decides\n\n{_decides(record)}",
        _genres(record, result),
        f"## Use\n\n{_use(record)}",
        f"## Held against the run\n\n{_verified(record)}",
        f"## What it is for, and what not\n\n{_limits(record)}",
    ]
    if material.license is None:
        sections.insert(1, NO_LICENSE)
    return f"---\n{head.strip()}\n---\n\n" + "\n\n".join(part.strip() for part in sections) + "\n"


def _summary(material: CardMaterial) -> str:
    record = material.record
    trained = record.trained_on
    movies = trained.get("movies")
    told_number = f"{movies:,}" if isinstance(movies, int) else "an unknown number of"
    started = "; ".join(f"{part} from {name}" for part, name in material.encoders.items())
    reading = record.reading
    plots = f"Plots are cut at {reading.max_tokens} tokens. " * ("plot" in record.reads)
    posters = f"Posters are scaled to {reading.poster_width} x {reading.poster_height} pixels. " * (
        "poster" in record.reads
    )
    return (
        f"Tells which of {len(record.genres)} genres a film has ({', '.join(record.genres)}) from its "
        f"{_read(record)}. {millions(record.parameters.total)} million parameters"
        f"{f' ({started})' if started else ''}, trained on {told_number} films of "
        f"{trained.get('corpus', 'an unnamed corpus')} (plot: {trained.get('plot_rule', '?')}, split: "
        f"{trained.get('split_rule', '?')}) with cinefuse {record.version}. "
        f"{plots}{posters}{PEOPLE_READ if record.links else ''}".strip()
    )


def _scores(result: Result | None) -> str:
    if result is None:
        return (
            "Not measured: there was no result beside the run when this was written. `cinefuse evaluate RUN "
            "--corpus C --json RUN/test.json` and another `cinefuse export` put it here."
        )
    corpus = result.corpus
    fitted_here = " Thresholds and the best epoch were chosen on these films: on others expect less." * (
        corpus.split == "dev"
    )
    left_out = f" Without films in this split, and so without a score: {', '.join(result.undefined)}." * bool(
        result.undefined
    )
    return (
        f"Of the run, in float32, on {corpus.movies:,} {corpus.split} films of {corpus.name}, in percent, "
        "with 95 % intervals over films (10,000 bootstrap resamples)."
        f"{fitted_here}{left_out}\n\n{to_markdown(metrics_table(result))}"
    )


def _genres(record: ExportRecord, result: Result | None) -> str:
    thresholds = dict(zip(record.genres, record.verdict().decided_by(()).tolist(), strict=True))
    return to_markdown(
        genre_scores_table(thresholds, {} if result is None else result.per_genre, "given from")
    )


def _decides(record: ExportRecord) -> str:
    films = {
        "dev": "the dev split",
        "unseen": "training films, each told by a run that had not seen it",
    }[record.learned_from]
    rule = {
        "global": f"one threshold for all genres, the best macro F1 on {films}",
        "fixed": "one threshold for all genres, given beforehand",
        "per-genre": f"one threshold for each genre, its best F1 on {films}",
    }[record.threshold.rule]
    calibrated = (
        f"Probabilities are calibrated on {films} ({record.calibration.rule}), thresholds moved along"
        if record.calibration
        else "Probabilities are not calibrated: they rank films, and say little of how sure one may be"
    )
    lacking = (
        "A film that lacks its plot or its poster is judged by the other one, with thresholds and a "
        "calibration of its own, learned on such films with that part hidden."
        if record.without
        else ""
    )
    return f"By {rule}. {calibrated}. {lacking}".strip()


def _use(record: ExportRecord) -> str:
    given = {
        "plot": 'plot="A widow opens the cellar door."',
        "poster": 'poster=FilePoster("poster.png")',
    }.get(
        " and ".join(record.reads), 'plot="A widow opens the cellar door.", poster=FilePoster("poster.png")'
    )
    given += ', director=("Ada Sample",), cast=("Bea Nobody",)' * (record.links is not None)
    return f"""Without torch, in the folder that holds this file:

    {INSTALL}

```python
from cinefuse import FilePoster, Movie, open_predictor

predictor = open_predictor(".", "onnx")  # or "int8"
(prediction,) = predictor.predict([Movie("1", {given})])
print(prediction.genres, prediction.probabilities)
```

As a service, with what cinefuse's extra `serve` names installed: `cinefuse serve .`"""


def _verified(record: ExportRecord) -> str:
    verification = record.verification
    if verification is None:
        return "Not done."
    invented = (
        " These are invented films: they show that the graph is right, and not how often int8 decides "
        "otherwise on real ones." * (verification.corpus == "embedded")
    )
    tried = " Some of them once more as if people whom it knows had made them." * (record.links is not None)
    lines = [f"- {name}: {told(agreement)}" for name, agreement in verification.agreement.items()]
    return (
        f"On {verification.films:,} {verification.split} films of {verification.corpus}, by onnxruntime "
        f"{record.made_with['onnxruntime']} on the machine that made it, against torch.{tried}{invented}\n\n"
        + "\n".join(lines)
    )


def told(agreement: Agreement) -> str:
    """How far an exported model is from its run, in a line."""
    lacking = agreement.largest_difference_lacking
    return (
        f"probabilities differ by at most {agreement.largest_difference:.2g} "
        f"({agreement.mean_difference:.2g} on average"
        + (f", {lacking:.2g} at most where a part lacks" if lacking is not None else "")
        + f"); {agreement.same_labels:.2%} of labels agree, "
        f"all of a film's for {agreement.same_films:.1%} of films"
    )


def _limits(record: ExportRecord) -> str:
    corpus = record.trained_on.get("corpus", "its corpus")
    return f"""For tagging catalogues of films, for search and recommendation, where a person may correct a
tag, and for research on fusing text and pictures.

- It learned from {corpus} what people there call a genre, with their habits and gaps. Films of other times,
  languages and countries than those in it are told less well, and nobody measured by how much.
- It says nothing of a film's worth, of who should see it, or of the people in it. It is no age rating.
- Plots in other languages than those it learned from are read as unknown words.
- A film that lacks all that the model reads gets an answer of no worth: refuse it."""


def _read(record: ExportRecord) -> str:
    return " and ".join(record.reads)
