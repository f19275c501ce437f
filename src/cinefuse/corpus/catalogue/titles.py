"""Titles and years of the catalogue. Titles say next to nothing about genres, years a little."""

import numpy as np

ADJECTIVES = (
    *(
        "Last",
        "Quiet",
        "Second",
        "Broken",
        "Golden",
        "Empty",
        "Northern",
        "Distant",
        "Seventh",
        "Silver",
        "Hidden",
    ),
    *(
        "Burning",
        "Blue",
        "Crooked",
        "Early",
        "Hollow",
        "Long",
        "Open",
        "Paper",
        "Restless",
        "Slow",
        "Unknown",
    ),
)
NOUNS = (
    *(
        "House",
        "River",
        "Letter",
        "Road",
        "Winter",
        "Promise",
        "Window",
        "Island",
        "Hour",
        "Mirror",
        "Bridge",
    ),
    *(
        "Garden",
        "Harbour",
        "Crossing",
        "Season",
        "Signal",
        "Stone",
        "Table",
        "Visitor",
        "Tide",
        "Lantern",
        "Field",
    ),
)
FORMS = (
    "The {adjective} {noun}",
    "{adjective} {noun}",
    "The {noun}",
    "{noun} of the {other}",
    "A {adjective} {noun}",
)

EARLIEST, LATEST = 1930, 2015
ERAS = {"Film-Noir": (1941, 1958), "Western": (1935, 1976), "Musical": (1932, 1980), "Sci-Fi": (1955, 2015)}


def draw_title(random: np.random.Generator) -> str:
    """A title such as "The Crooked Window"."""
    adjective = ADJECTIVES[int(random.integers(len(ADJECTIVES)))]
    noun, other = (NOUNS[int(index)] for index in random.choice(len(NOUNS), size=2, replace=False))
    form = FORMS[int(random.integers(len(FORMS)))]
    title = form.format(adjective=adjective, noun=noun, other=other)
    return title.replace("A E", "An E").replace("A O", "An O").replace("A U", "An U")


def draw_year(genres: tuple[str, ...], random: np.random.Generator) -> int:
    """A year; more films are recent, and some genres had their time."""
    earliest, latest = next((ERAS[genre] for genre in genres if genre in ERAS), (EARLIEST, LATEST))
    return latest - int((latest - earliest) * random.random() ** 1.6)
