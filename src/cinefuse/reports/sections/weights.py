"""What the models weigh: late fusion's alpha, gates, and what attention looks at, summed up over films."""

import numpy as np
from matplotlib.figure import Figure

from cinefuse.reports.drawing import HEAT_MAP, bare, drawing
from cinefuse.reports.material import Material
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.section import Block, Drawn, Facts, Heading, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, percent, whole
from cinefuse.results.weights import Gate, PlaceAttention, Share, Trained, Weighed, WordAttention

CONSTANT = "It has nothing to choose between here: every film and word gets the same."


def weights(material: Material) -> Section | None:
    """One part a model that weighs anything; none where no model does."""
    blocks: list[Block] = []
    for model in material.models:
        for name, found in (model.weights.weights if model.weights else {}).items():
            title = f"{model.name}: {name.removeprefix('text.').replace('_', ' ')}"
            blocks += [Heading(title), *_told(f"{model.name}_{name}".replace(".", "_"), found)]
    return Section("weights", "What the models weigh", tuple(blocks)) if blocks else None


def _told(name: str, found: Weighed) -> list[Block]:
    if isinstance(found, Share):
        said = (
            f"The trained share of the text is {found.value:.3f}, and {1 - found.value:.3f} that of the "
            "poster, the same for every film and genre."
        )
        return [Prose(said)]
    if isinstance(found, Trained):
        columns = (Column(found.by, numeric=False), Column("weight", "{:.3f}".format))
        return [Tabled(name, Table(columns, list(found.values.items())))]
    if isinstance(found, Gate):
        return _gate(name, found)
    if isinstance(found, PlaceAttention):
        return _places(name, found)
    return _words(name, found)


# what stands under the name of a gate and is none
EXPLAINED = {
    "people_share": "How much of a film's attention goes to who made it, of films that name somebody known; "
    "the rest goes to the film itself, or to nobody.",
    "poster_share": "How much of the text encoder's attention, over all its layers, goes to the poster; the "
    "rest goes to the plot.",
    "poster_attention": "How much of each genre's attention goes to the poster; the rest goes to the plot.",
}


def _gate(name: str, found: Gate) -> list[Block]:
    said = next((text for ending, text in EXPLAINED.items() if name.endswith(ending)), "")
    return [Prose(said, quiet=True)] * bool(said) + _numbers(name, found, "share" if said else "gate")


def _numbers(name: str, found: Gate, called: str) -> list[Block]:
    told = f"{found.overall.mean:.3f} ± {found.overall.sd:.3f}"
    facts = Facts(((f"mean over {found.films:,} films", told),))
    if not found.per_genre:
        return [facts]
    columns = (Column("genre", numeric=False), Column(called, "{:.3f}".format))
    rows = sorted(found.per_genre.items(), key=lambda item: -item[1])
    return [facts, Tabled(name, Table(columns, list(rows)), folded=True, fold_title=f"The {called} by genre")]


def _places(name: str, found: PlaceAttention) -> list[Block]:
    blocks: list[Block] = [Prose(_spread_out("attention to the poster", found))]
    if found.grid and not found.constant:
        blocks.append(Drawn(name, _grid(found), "mean share of attention that each place of the poster gets"))
    return blocks


def _grid(found: PlaceAttention) -> Figure:
    """The poster's places, darker where the words look more."""
    rows, columns = found.grid or (1, 1)
    shares = 100 * np.array(found.shares).reshape(rows, columns)
    with drawing(2.0 + 0.42 * columns, 0.6 + 0.42 * rows) as figure:
        axes = figure.add_subplot()
        low, high = float(shares.min()), float(shares.max())
        drawn = axes.pcolormesh(
            shares, cmap=HEAT_MAP, vmin=low, vmax=high, edgecolors=LIGHT["ground"], linewidth=1
        )
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.set_xticks([])
        axes.set_yticks([])
        bare(axes)
        scale = figure.colorbar(drawn, ax=axes, fraction=0.06, ticks=[low, high], format="%.1f")
        scale.outline.set_visible(False)
        scale.ax.tick_params(length=0)
        axes.set_xlabel(f"% of all attention; even would be {100 / shares.size:.1f}", color=LIGHT["muted"])
    return figure


def _words(name: str, found: WordAttention) -> list[Block]:
    blocks: list[Block] = [Prose(_spread_out("attention to the plot", found))]
    if found.words and not found.constant:
        columns = (
            Column("word", numeric=False),
            Column("times an even share", "{:.1f}".format, name="ratio"),
            Column("films", whole),
        )
        rows = [(word.word, word.ratio, word.films) for word in found.words]
        told = ", ".join(f"{word.word} ({word.ratio:.1f})" for word in found.words)
        note = (
            f"Words in at least {found.minimum_films} films, by their attention against an even share; "
            f"special tokens and punctuation get {percent(found.beside_words, 0)} % of all attention."
        )
        blocks += [
            Prose(f"Most attended: {told}."),
            Prose(note, quiet=True),
            Tabled(name, Table(columns, rows), folded=True),
        ]
    return blocks


def _spread_out(what: str, found: PlaceAttention | WordAttention) -> str:
    films = f"{found.films:,} films"
    if found.constant or found.evenness is None:
        return f"Over {films}. {CONSTANT}"
    return (
        f"Over {films}, {what} is {100 * found.evenness.mean:.0f} % as spread out as it could be (100 is "
        f"the same for everything, 0 all on one; ± {100 * found.evenness.sd:.0f} between films)."
    )
