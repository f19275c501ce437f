"""One summary a model, over its seeds."""

import statistics

import pytest

from cinefuse.recipes import RECIPES, compose
from cinefuse.reports.summary import genre_supports, kind_of, summarise
from cinefuse.results import Comparison


def test_models_come_best_first(comparison):
    macro_f1 = [summary.mean("f1_macro") for summary in summarise(comparison)]
    assert macro_f1 == sorted(macro_f1, reverse=True)
    assert len(macro_f1) == 7


def test_seeds_of_one_model_are_one_summary(three_seeds):
    summary = next(s for s in summarise(three_seeds[0]) if s.model == "bert-text")
    results = [result for result in three_seeds[0].models if result.model == "bert-text"]
    values = [result.metrics["f1_macro"] for result in results]
    assert [result.seed for result in summary.results] == [1, 2, 3]
    assert summary.mean("f1_macro") == pytest.approx(statistics.mean(values))
    assert summary.spread("f1_macro") == pytest.approx(statistics.stdev(values))
    lows = [result.intervals["f1_macro"][0] for result in results]
    assert summary.interval("f1_macro")[0] == pytest.approx(statistics.mean(lows))
    drama = [result.per_genre["Drama"].f1 for result in results]
    assert summary.genre_f1("Drama") == pytest.approx(statistics.mean(drama))


def test_one_seed_has_no_spread(comparison):
    assert summarise(comparison)[0].spread("f1_macro") is None


def test_an_undefined_macro_f1_ranks_last_and_stays_none(comparison):
    first = summarise(comparison)[0].model
    models = [
        result.model_copy(update={"metrics": result.metrics | {"f1_macro": None}, "intervals": {}})
        if result.model == first
        else result
        for result in comparison.models
    ]
    last = summarise(Comparison(corpus=comparison.corpus, models=models))[-1]
    assert (last.model, last.mean("f1_macro"), last.interval("f1_macro")) == (first, None, None)


def test_genres_come_by_support_and_keep_those_without_a_film(comparison):
    supports = genre_supports(comparison)
    assert list(supports.values()) == sorted(supports.values(), reverse=True)
    assert supports["Western"] == 0
    assert set(supports) == set(comparison.corpus.genres)


def test_every_recipe_is_of_the_kind_that_its_name_says():
    for model, recipe in RECIPES.items():
        settings = compose(recipe)
        read = [name for name in ("text", "vision") if getattr(settings, name)]
        assert kind_of(model) == (read[0] if len(read) == 1 else "fusion"), model
