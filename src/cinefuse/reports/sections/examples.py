"""Films worth looking at: poster and plot beside what the best models say of them."""

from collections.abc import Sequence

import numpy as np

from cinefuse.reports.material import Material, Model
from cinefuse.reports.section import Bar, Block, FilmCard, Films, Heading, Prose, Section
from cinefuse.results.examples import Example

MOST_BARS = 7  # genres beside a film: its own, then the most probable others
LEAST = 0.2  # below this probability by every model, a genre that is not the film's gets no bar
HEADINGS = {
    "best told": "Told best",
    "worst told": "Told worst",
    "most disputed": "Most disputed",
}
EXPLAINED = (
    "Bars are probabilities from 0 to 1 as the models give them, before calibration; a film's own genres "
    "are bold, with a check mark. Best and worst are by {model}, picked on {split} films alone; nothing "
    "was chosen by eye."
)


def examples(material: Material) -> Section | None:
    """The best told, worst told and most disputed films; none where the comparison left none."""
    found = material.examples
    models = [model for model in material.best_of_each_kind() if model.scored]
    if found is None or not found.films or not models:
        return None
    blocks: list[Block] = [Prose(EXPLAINED.format(model=found.model, split=found.split), quiet=True)]
    for why, heading in HEADINGS.items():
        cards = tuple(_card(film, models) for film in found.films if film.why == why)
        if cards:
            legend = tuple((str(model.kind), model.name) for model in models)
            blocks += [Heading(heading), Films(cards, legend)]
    return Section("examples", "Films told best, worst and most disputed", tuple(blocks))


def _card(film: Example, models: Sequence[Model]) -> FilmCard:
    year = f" ({film.year})" if film.year else ""
    return FilmCard(
        title=f"{film.title or film.id}{year}",
        why=", ".join(film.genres) or "no genre",
        plot=film.plot or "",
        poster=film.poster,
        bars=_bars(film, models),
    )


def _bars(film: Example, models: Sequence[Model]) -> tuple[Bar, ...]:
    rows = {}
    for model in models:
        first = model.scored[0]
        (places,) = np.nonzero(first.ids == film.id)
        if len(places):
            rows[str(model.kind)] = first.probabilities[places[0]]
    if not rows:
        return ()
    names = models[0].scored[0].genres.tolist()
    highest = np.max(list(rows.values()), axis=0)
    order = sorted(range(len(names)), key=lambda column: (names[column] not in film.genres, -highest[column]))
    shown = [column for column in order if names[column] in film.genres or highest[column] >= LEAST]
    return tuple(
        Bar(
            names[column],
            names[column] in film.genres,
            tuple((kind, float(row[column])) for kind, row in rows.items()),
        )
        for column in shown[:MOST_BARS]
    )
