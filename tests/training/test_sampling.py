"""Which films an epoch has: as many as ever, every genre as often, the same again from the same state."""

from collections import Counter

import numpy as np
import pytest
import torch
from transformers.trainer_pt_utils import get_length_grouped_indices

from cinefuse.experiment import make_tokenizer
from cinefuse.features.table import encode_movies
from cinefuse.training.sampling import ClassAwareSampler, in_batches_of_like_length, make_sampler

# genres of 90, 9 and 1 films of 101, which overlap; the last film has none
GENRES = torch.zeros(101, 3, dtype=torch.bool)
GENRES[:90, 0] = True
GENRES[85:94, 1] = True
GENRES[99, 2] = True
LENGTHS = np.array([5 + number % 7 for number in range(101)], dtype=np.int32)


def drawn(seed=0, batch_size=8):
    torch.manual_seed(seed)
    return list(ClassAwareSampler(GENRES, LENGTHS, batch_size))


def test_an_epoch_has_as_many_films_as_ever():
    assert len(drawn()) == len(ClassAwareSampler(GENRES, LENGTHS, 8)) == 101


def test_every_genre_is_drawn_as_often():
    films = Counter(drawn())
    # 101 turns of three genres are 33 or 34 each; the one film of the third comes at each of them
    assert films[99] in {33, 34}
    # of the second genre those that have it alone come for it alone: 4 of its 9 films
    second = [films[film] for film in range(90, 94)]
    assert min(second) >= 3
    assert max(second) <= 4
    # no film of a genre comes again before all others of it have come
    assert max(films[film] for film in range(85)) == 1
    assert sum(films[film] for film in range(85)) >= 27


def test_a_film_without_a_genre_never_comes():
    assert not {94, 95, 96, 97, 98, 100} & set(drawn())


def test_films_of_a_batch_have_plots_of_like_length():
    order = drawn()
    spread = [np.ptp([LENGTHS[film] for film in order[start : start + 8]]) for start in range(8, 96, 8)]
    torch.manual_seed(1)
    at_random = [order[place] for place in torch.randperm(101).tolist()]
    otherwise = [
        np.ptp([LENGTHS[film] for film in at_random[start : start + 8]]) for start in range(8, 96, 8)
    ]
    assert np.mean(spread) < np.mean(otherwise) / 2


def test_the_same_seed_draws_the_same_and_every_epoch_anew():
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    torch.manual_seed(3)
    sampler = ClassAwareSampler(GENRES, LENGTHS, 8)
    first, state = list(sampler), torch.get_rng_state()
    second = list(sampler)
    assert first != second
    # another sampler goes on from the state alone, as a resumed run does
    torch.set_rng_state(state)
    assert list(ClassAwareSampler(GENRES, LENGTHS, 8)) == second


def test_batches_do_not_go_from_long_to_short():
    lengths = np.array([1 + number % 97 for number in range(803)], dtype=np.int32)
    torch.manual_seed(0)
    order = in_batches_of_like_length(lengths, 8).tolist()
    assert sorted(order) == list(range(803))
    means = [np.mean([lengths[place] for place in order[start : start + 8]]) for start in range(0, 800, 8)]
    assert max(lengths) in {lengths[place] for place in order[:8]}, "what needs most memory comes first"
    assert abs(np.corrcoef(means[1:50], range(49))[0, 1]) < 0.3
    assert np.std(means) > 20, "and yet each batch is of like length"


@pytest.mark.parametrize(("n_films", "batch_size"), [(1, 8), (7, 8), (31, 8), (33, 8), (803, 8), (2_000, 3)])
def test_batches_are_transformers_own_but_for_their_order(n_films, batch_size):
    lengths = np.random.default_rng(n_films).integers(1, 40, n_films, dtype=np.int32)
    torch.manual_seed(0)
    ours = in_batches_of_like_length(lengths, batch_size).tolist()
    torch.manual_seed(0)
    theirs = get_length_grouped_indices(lengths.tolist(), batch_size)
    first, *ours = (tuple(ours[start : start + batch_size]) for start in range(0, n_films, batch_size))
    longest, *theirs = (tuple(theirs[start : start + batch_size]) for start in range(0, n_films, batch_size))
    assert first == longest
    assert sorted(ours) == sorted(theirs)


@pytest.mark.parametrize("n_films", [0, 1, 3, 8, 9])
def test_few_films_all_come(n_films):
    places = in_batches_of_like_length(np.full(n_films, 5, dtype=np.int32), 8)
    assert sorted(places.tolist()) == list(range(n_films))


@pytest.mark.parametrize("how", ["shuffled", "class-aware"])
def test_it_is_what_the_setting_says(how, tiny_settings, tiny_corpus):
    settings = tiny_settings("bert-text", f"sampling={how}")
    table = encode_movies(
        tiny_corpus.split("train"),
        tiny_corpus.genres,
        settings,
        make_tokenizer(settings, tiny_corpus),
        read_posters=False,
    )
    films = list(make_sampler(settings.sampling, table, 8))
    assert len(films) == 36
    assert (sorted(films) == list(range(36))) == (how == "shuffled")
