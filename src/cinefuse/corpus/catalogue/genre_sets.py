"""Which genres the films of the catalogue have: MM-IMDb's imbalance and its habits of company.

Films are made rarest genre first. Each begins with one genre and is joined by commoner ones, drawn by how
often the two go together and by how many films still lack them, so that every genre ends at its count.
"""

import numpy as np

from cinefuse.corpus.genres import MMIMDB_GENRES

# Films of each genre in MM-IMDb, of 25,959; in the order of MMIMDB_GENRES.
MMIMDB_COUNTS = (
    *(13967, 8592, 5364, 5192, 3838, 3550, 2710, 2703, 2082, 2057, 1991, 1933),
    *(1668, 1343, 1335, 1143, 1045, 997, 841, 705, 634, 471, 338),
)
MMIMDB_MOVIES = 25_959

# How much more often than by chance two genres share a film; a pair that is not named has LIFT_OTHERWISE.
LIFT_OTHERWISE = 0.15
LIFTS = {
    "Crime": {"Thriller": 2.0, "Drama": 1.2, "Action": 1.6, "Mystery": 1.8, "Film-Noir": 6.0, "Comedy": 0.5},
    "Thriller": {"Mystery": 2.5, "Action": 1.5, "Horror": 2.0, "Drama": 0.9, "Sci-Fi": 1.2, "Film-Noir": 2.0},
    "Action": {"Adventure": 2.5, "Sci-Fi": 2.2, "Fantasy": 1.1, "Western": 1.5, "War": 1.2, "Comedy": 0.5},
    "Adventure": {
        "Fantasy": 2.2,
        "Sci-Fi": 1.8,
        "Family": 2.2,
        "Animation": 4.0,
        "Comedy": 0.8,
        "Western": 1.0,
    },
    "Romance": {"Drama": 1.4, "Comedy": 1.4, "Musical": 1.2, "Music": 0.9, "War": 0.7, "Fantasy": 0.5},
    "Comedy": {"Family": 1.5, "Animation": 1.4, "Musical": 1.3, "Music": 1.0, "Short": 1.3, "Drama": 0.7},
    "Horror": {"Mystery": 2.0, "Sci-Fi": 1.8, "Fantasy": 1.2, "Comedy": 0.4, "Drama": 0.3},
    "Family": {"Animation": 6.0, "Fantasy": 2.4, "Musical": 2.0, "Drama": 0.5, "Sport": 1.0},
    "Drama": {"War": 1.5, "History": 1.6, "Biography": 1.6, "Sport": 1.3, "Music": 1.2, "Film-Noir": 1.3},
    "Biography": {"History": 4.5, "Music": 2.5, "Sport": 2.5, "Documentary": 2.0, "War": 1.5, "Romance": 0.5},
    "History": {"War": 6.0, "Documentary": 1.8, "Adventure": 0.6, "Romance": 0.6, "Action": 0.5},
    "Documentary": {"Music": 2.0, "Short": 1.5, "Sport": 1.0, "War": 0.5, "Drama": 0.05, "Comedy": 0.1},
    "Music": {"Musical": 3.0},
    "Animation": {"Short": 6.0, "Fantasy": 2.0, "Sci-Fi": 0.6, "Musical": 1.5},
    "Mystery": {"Film-Noir": 2.5, "Drama": 0.8, "Sci-Fi": 0.8, "Fantasy": 0.6},
    "Western": {"Drama": 0.7, "Romance": 0.6, "Comedy": 0.4},
    "Sport": {"Comedy": 0.8, "Romance": 0.5, "Action": 0.4},
    "Sci-Fi": {"Comedy": 0.5, "Drama": 0.4},
    "Fantasy": {"Comedy": 0.9, "Drama": 0.5},
}
ENOUGH = 0.15  # the weight of stopping at the genres that a film has, against those of the genres on offer
MOST_COMPANIONS = 3  # before Drama, which joins last

GENRE_INDEX = {genre: index for index, genre in enumerate(MMIMDB_GENRES)}


def genre_counts(n_movies: int) -> list[int]:
    """How many of `n_movies` films have each genre, in the order of `MMIMDB_GENRES`; at least one.

    Example:
        >>> genre_counts(1200)[-2:]
        [22, 16]
    """
    return [max(1, round(count * n_movies / MMIMDB_MOVIES)) for count in MMIMDB_COUNTS]


def lifts() -> np.ndarray:
    """The table above as a symmetric matrix (G, G)."""
    matrix = np.full((len(MMIMDB_GENRES), len(MMIMDB_GENRES)), LIFT_OTHERWISE)
    for genre, companions in LIFTS.items():
        for companion, lift in companions.items():
            one, other = GENRE_INDEX[genre], GENRE_INDEX[companion]
            matrix[one, other] = matrix[other, one] = lift
    return matrix


def draw_other_genre(genres: tuple[str, ...], random: np.random.Generator) -> str:
    """A genre that a film of `genres` does not have; common genres are met more often, here as everywhere."""
    weights = np.array(MMIMDB_COUNTS, dtype=float)
    weights[[GENRE_INDEX[genre] for genre in genres]] = 0.0
    return MMIMDB_GENRES[int(random.choice(len(weights), p=weights / weights.sum()))]


def draw_genre_sets(n_movies: int, random: np.random.Generator) -> list[tuple[str, ...]]:
    """The genres of each film, in random order of films.

    For very few films (under about fifty) the rarest genres are kept and the commonest fall short.
    """
    left = genre_counts(n_movies)
    table = lifts()
    films: list[list[int]] = []
    for rarest in range(len(MMIMDB_GENRES) - 1, 0, -1):  # all but Drama
        while left[rarest] > 0:
            left[rarest] -= 1
            films.append([rarest, *_companions(rarest, left, table, n_movies, random)])
    _join_drama(films, left[0], table, n_movies, random)
    films = films[:n_movies]
    order = random.permutation(len(films))
    return [tuple(MMIMDB_GENRES[genre] for genre in sorted(films[index])) for index in order]


def _companions(
    rarest: int, left: list[int], table: np.ndarray, n_movies: int, random: np.random.Generator
) -> list[int]:
    """Genres commoner than `rarest` (Drama apart) that join it; takes them from `left`."""
    joined: list[int] = []
    fit = table[rarest].copy()
    while len(joined) < MOST_COMPANIONS:
        weights = np.array([left[genre] / n_movies * fit[genre] for genre in range(1, rarest)])
        # each further genre is less likely than the one before
        weights = np.append(weights, ENOUGH * (1 + len(joined)) ** 2 * 0.5)
        choice = int(random.choice(len(weights), p=weights / weights.sum())) + 1
        if choice == rarest:  # the last weight is that of stopping
            break
        left[choice] -= 1
        joined.append(choice)
        fit *= table[choice]
        fit[choice] = 0.0
    return joined


def _join_drama(
    films: list[list[int]], count: int, table: np.ndarray, n_movies: int, random: np.random.Generator
) -> None:
    """Adds Drama to as many films as its count allows, and films of Drama alone up to `n_movies`."""
    alone = max(0, n_movies - len(films))
    fit = np.array([np.prod([table[0, genre] for genre in film]) for film in films])
    joining = min(len(films), max(0, count - alone))
    chosen = random.choice(len(films), size=joining, replace=False, p=fit / fit.sum())
    for index in sorted(chosen):
        films[index].append(0)
    films.extend([0] for _ in range(alone))
