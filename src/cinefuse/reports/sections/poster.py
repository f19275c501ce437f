"""Where the poster helps: the best text, vision and fusion model side by side in every genre."""

from dataclasses import dataclass
from statistics import fmean

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cinefuse.reports.drawing import bare, capped, drawing, shortened
from cinefuse.reports.material import Material
from cinefuse.reports.palette import LIGHT, MARKERS
from cinefuse.reports.section import Drawn, Prose, Section, Tabled
from cinefuse.reports.summary import genre_supports
from cinefuse.reports.table import Column, Table, percent, signed_percent, whole

MOST_ROWS = 40  # genres in the figure; the table has them all


@dataclass(frozen=True)
class Gain:
    """One genre's F1 by each kind, and how many films have it."""

    genre: str
    films: int
    text: float
    vision: float
    fusion: float

    @property
    def points(self) -> float:
        """What the fusion has over the plot alone."""
        return self.fusion - self.text


def poster(material: Material) -> Section | None:
    """F1 of the three kinds by genre, largest gain first; none without a model of each kind."""
    chosen = {model.kind: model for model in material.best_of_each_kind()}
    if set(chosen) != {"text", "vision", "fusion"}:
        return None
    names = {kind: chosen[kind].name for kind in ("text", "vision", "fusion")}
    gains = _gains(material, names)
    if not gains:
        return None
    helped = sum(gain.points > 0 for gain in gains)
    average = signed_percent(fmean(gain.points for gain in gains))
    said = (
        f"{names['fusion']} is ahead of {names['text']} in {helped} of {len(gains)} genres, {average} "
        f"points on average: most in {gains[0].genre} ({signed_percent(gains[0].points)}), least in "
        f"{gains[-1].genre} ({signed_percent(gains[-1].points)})."
    )
    columns = (
        Column("genre", numeric=False),
        Column("films", whole, name="support"),
        *(Column(name, percent) for name in names.values()),
        Column("fusion minus text", signed_percent, name="gain"),
    )
    rows = [(one.genre, one.films, one.text, one.vision, one.fusion, one.points) for one in gains]
    return Section(
        "poster",
        "Where the poster helps",
        (
            Prose(said),
            Drawn("poster_gain", _figure(gains[:MOST_ROWS], names), "F1 of text, vision and fusion by genre"),
            *(Prose(note, quiet=True) for note in capped(len(gains), MOST_ROWS)),
            Tabled("poster_gain", Table(columns, rows), folded=True),
        ),
    )


def _gains(material: Material, names: dict[str, str]) -> list[Gain]:
    summaries = {model.name: model.summary for model in material.models}
    gains = []
    for genre, films in genre_supports(material.comparison).items():
        scores = {kind: summaries[name].genre_f1(genre) for kind, name in names.items()}
        known = {kind: score for kind, score in scores.items() if score is not None}
        if len(known) == len(names):
            gains.append(Gain(genre, films, **known))
    return sorted(gains, key=lambda gain: -gain.points)


def _figure(gains: list[Gain], names: dict[str, str]) -> Figure:
    """A line from text to fusion in each genre; vision as a mark of its own."""
    with drawing(7.6, 1.1 + 0.25 * len(gains)) as figure:
        axes = figure.add_subplot()
        for place, gain in enumerate(gains):
            colour = LIGHT["fusion"] if gain.points >= 0 else LIGHT["muted"]
            axes.plot(
                [100 * gain.text, 100 * gain.fusion], [place, place], color=colour, linewidth=1.6, alpha=0.6
            )
            for kind, score in (("vision", gain.vision), ("text", gain.text), ("fusion", gain.fusion)):
                axes.plot(100 * score, place, MARKERS[kind], color=LIGHT[kind], markersize=5.5)
        axes.set_yticks(range(len(gains)), [shortened(gain.genre) for gain in gains])
        axes.set_ylim(len(gains) - 0.4, -0.6)
        axes.set_xlabel("F1 in percent; by what the fusion gains over the plot alone", color=LIGHT["muted"])
        bare(axes, "x")
        handles = [
            Line2D([], [], color=LIGHT[kind], marker=MARKERS[kind], linewidth=0, label=f"{kind}: {name}")
            for kind, name in names.items()
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False, handletextpad=0.2)
    return figure
