"""Directors, actors and characters of the catalogue: invented people who come back.

Everybody has favourite genres and works mostly in them, so that cast and crew say something about a film,
as they do in life.
"""

from dataclasses import dataclass

import numpy as np

from cinefuse.corpus.genres import MMIMDB_GENRES

HER_NAMES = (
    *("Ada", "Bea", "Clara", "Dora", "Edda", "Fay", "Greta", "Hanna", "Ines", "Jana", "Kit", "Lena", "Mara"),
    *("Nell", "Olga", "Petra", "Rosa", "Signe", "Tilda", "Uma", "Vera", "Wanda", "Yara", "Zoe"),
)
HIS_NAMES = (
    *("Adam", "Bruno", "Carl", "Dirk", "Emil", "Finn", "Georg", "Hugo", "Ivo", "Jonas", "Karl", "Leo", "Max"),
    *("Nils", "Otto", "Paul", "Quinn", "Ralf", "Sven", "Tom", "Udo", "Victor", "Willem", "Yuri"),
)
SURNAMES = (
    *(
        "Sample",
        "Placeholder",
        "Example",
        "Nobody",
        "Anyman",
        "Person",
        "Standin",
        "Fictor",
        "Inventine",
        "Noname",
    ),
    *("Dummy", "Quillfeather", "Otherby", "Somerset-Where", "Anonson", "Genericson", "Madeup", "Pseudon"),
    *("Unreal", "Figment", "Mockford", "Notreal", "Phantomley", "Imaginaire", "Testwell", "Ficton"),
)
N_DIRECTORS = 150
N_ACTORS = 450
FAVOURITES = 3  # genres that one person prefers
LOYALTY = 0.7  # share of engagements that go to people who prefer one of the film's genres

ALL_NAMES = HER_NAMES + HIS_NAMES


@dataclass(frozen=True, slots=True)
class Troupe:
    """Everybody in one line of work, with who prefers which genre."""

    names: tuple[str, ...]
    lovers: dict[str, tuple[int, ...]]  # genre -> indices of names

    def engage(self, genres: tuple[str, ...], how_many: int, random: np.random.Generator) -> tuple[str, ...]:
        """Names for one film, without repetition."""
        chosen: dict[str, None] = {}
        while len(chosen) < how_many:
            index = int(random.integers(len(self.names)))
            if random.random() < LOYALTY:
                lovers = self.lovers[genres[int(random.integers(len(genres)))]]
                index = lovers[int(random.integers(len(lovers)))]
            chosen[self.names[index]] = None
        return tuple(chosen)


def gather_troupe(size: int, random: np.random.Generator) -> Troupe:
    """People with distinct names, each genre being loved by somebody."""
    every = [f"{first} {surname}" for first in ALL_NAMES for surname in SURNAMES]
    names = tuple(every[index] for index in random.permutation(len(every))[:size])
    lovers: dict[str, list[int]] = {genre: [] for genre in MMIMDB_GENRES}
    for index in range(size):
        # the first favourite goes round, so that no genre is left out
        others = random.choice(len(MMIMDB_GENRES), size=FAVOURITES - 1, replace=False)
        for genre in {index % len(MMIMDB_GENRES), *map(int, others)}:
            lovers[MMIMDB_GENRES[genre]].append(index)
    return Troupe(names, {genre: tuple(indices) for genre, indices in lovers.items()})
