"""The four questions of the original report, answered from the numbers: a table, a paired test, a sentence.

Who stands for a group (the best fusion, say) is picked on dev, so that being picked brings no luck on test.
p-values of one question are corrected for each other (Holm 1979).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from cinefuse.metrics.pairs import PairedComparison, holm
from cinefuse.reports.material import Material, Model
from cinefuse.reports.section import Block, Heading, Prose, Section, Tabled, Verdict
from cinefuse.reports.table import (
    Column,
    Table,
    estimate,
    millions,
    p_value,
    percent,
    signed_interval,
    signed_percent,
)

METHOD = (
    "Both models of a pair on the same films: the interval is from a paired bootstrap of 10,000 resamples, "
    "p from a two-sided permutation test that swaps the two models' predictions film by film, corrected "
    "after Holm for the other pairs of its question. Two models are told apart where p is below 0.05 and "
    "the interval does not hold 0."
)
ON_DEV = " Who stands for a group was picked on the dev split."
ON_TEST = " Who stands for a group was picked on these same films, which favours it."


def questions(material: Material) -> Section:
    """Fusion or one modality; which fusion; text or vision; pretrained or from scratch."""
    asked = (_fusion_or_single, _which_fusion, _text_or_vision, _pretrained_or_not)
    blocks = [block for ask in asked for block in ask(material)]
    how = METHOD + (ON_DEV if material.chosen_on_dev else ON_TEST)
    return Section("questions", "Four questions", (*blocks, Prose(how, quiet=True)))


def paired(material: Material, pairs: Sequence[tuple[Model, Model]]) -> list[PairedComparison]:
    """The paired tests of these pairs, first minus second, corrected for each other and no others."""
    found = [_find(material, first.name, second.name) for first, second in pairs]
    corrected = holm([pair.p for pair in found])
    return [replace(pair, p_holm=p) for pair, p in zip(found, corrected, strict=True)]


def verdict(pair: PairedComparison, score_of_second: float | None) -> Verdict:
    """A paired difference in words."""
    ahead, behind = (pair.first, pair.second) if pair.difference >= 0 else (pair.second, pair.first)
    points = f"{abs(100 * pair.difference):.1f} points of macro F1"
    if pair.told_apart:
        finding = f"{ahead} is {points} ahead of {behind}."
    else:
        names = f"{pair.first} and {pair.second}"
        finding = f"{names} are not distinguishable on this test set ({points} apart)."
    relative = f" ({signed_percent(pair.difference / score_of_second)} % relative)" if score_of_second else ""
    interval = signed_interval((pair.low, pair.high))
    p = f"p = {p_value(pair.p_holm)}".replace(" ", "\N{NO-BREAK SPACE}")
    numbers = f"{signed_percent(pair.difference)} points{relative}, 95 % interval {interval}, {p}"
    return Verdict(f"{pair.first} against {pair.second}", finding, numbers)


def is_pretrained(model: Model) -> bool | None:
    """Whether it starts from weights that were learned elsewhere; None where its settings are unknown."""
    settings = model.settings
    if not settings:
        return None
    text = settings.get("text") == "transformer" and settings.get("text_encoder") != "small"
    vision = settings.get("vision") == "backbone" and settings.get("vision_encoder") != "small"
    return bool(settings.get("word_vectors") or (settings.get("pretrained", True) and (text or vision)))


def _find(material: Material, first: str, second: str) -> PairedComparison:
    for pair in material.pairs:
        if (pair.first, pair.second) == (first, second):
            return pair
        if (pair.first, pair.second) == (second, first):
            return replace(
                pair, first=first, second=second, difference=-pair.difference, low=-pair.high, high=-pair.low
            )
    raise AssertionError(f"{first} and {second} were not compared")


def _single(material: Material) -> list[Model]:
    """Those that read one modality, best first."""
    return [model for model in material.tested if model.kind in {"text", "vision"}]


def _fusion_or_single(material: Material) -> list[Block]:
    question = "Does fusing poster and plot beat the better of the two alone?"
    fusion = material.best("fusion")
    single = material.best(among=[model.name for model in _single(material)])
    if not fusion or not single:
        return _unasked(question, "it takes a fusion and a model of one modality")
    pairs = [(fusion, single)]
    # dev may have picked one that another beats on these films: the fusion has to beat that one too
    ahead = _single(material)[0]
    if ahead is not single:
        pairs.append((fusion, ahead))
    return _answer(material, "fusion_or_single", question, pairs, material.tested)


def _which_fusion(material: Material) -> list[Block]:
    question = "Which fusion is best?"
    fusions = [model for model in material.tested if model.kind == "fusion"]
    if len(fusions) < 2:
        return _unasked(question, "it takes two fusions")
    return _answer(material, "which_fusion", question, list(combinations(fusions, 2)), fusions)


def _text_or_vision(material: Material) -> list[Block]:
    question = "Which says more of a film's genres: its plot or its poster?"
    text, vision = material.best("text"), material.best("vision")
    if not text or not vision:
        return _unasked(question, "it takes a model that reads plots and one that reads posters")
    single = _single(material)
    return _answer(material, "text_or_vision", question, [(text, vision)], single)


def _pretrained_or_not(material: Material) -> list[Block]:
    question = "What do pretrained weights bring over training from scratch?"
    single = _single(material)
    pairs = []
    for kind in ("text", "vision"):
        learned, scratch = (
            material.best(
                among=[one.name for one in single if one.kind == kind and is_pretrained(one) is which]
            )
            for which in (True, False)
        )
        if learned and scratch:
            pairs.append((learned, scratch))
    if not pairs:
        return _unasked(
            question,
            "none of these models of one modality starts from pretrained weights beside one that does not",
        )
    shown = [model for model in single if any(model in pair for pair in pairs)]
    return _answer(material, "pretrained_or_not", question, pairs, shown)


def _answer(
    material: Material, name: str, question: str, pairs: list[tuple[Model, Model]], shown: Sequence[Model]
) -> list[Block]:
    verdicts = [
        verdict(pair, second.summary.mean("f1_macro"))
        for pair, (_, second) in zip(paired(material, pairs), pairs, strict=True)
    ]
    return [Heading(question), *verdicts, Tabled(name, _contenders(shown)), *_cost(shown)]


def _cost(models: Sequence[Model]) -> list[Block]:
    """What training took; outside the tables, which are the same for every training with the same seed."""
    times = [(model.name, model.summary.train_seconds()) for model in models]
    told = [f"{name} {seconds:,.0f} s" for name, seconds in times if seconds is not None]
    return [Prose(f"Training took: {', '.join(told)}.", quiet=True)] if told else []


def _unasked(question: str, why: str) -> list[Block]:
    return [Heading(question), Prose(f"Not asked here: {why}.")]


def _contenders(models: Sequence[Model]) -> Table:
    """What was gained, and what it cost."""
    best = models[0].summary.mean("f1_macro") or 0.0
    columns = (
        Column("model", numeric=False),
        Column("macro F1", estimate, name="f1_macro"),
        Column("behind the best", signed_percent, name="gap"),
        Column("relative (%)", signed_percent, name="relative_gap"),
        Column("micro F1", percent, name="f1_micro"),
        Column("mAP", percent, name="average_precision_macro"),
        Column("params (M)", millions, name="parameters_total"),
    )
    rows = []
    for model in models:
        score = model.summary.mean("f1_macro") or 0.0
        rows.append(
            (
                model.name,
                model.summary.estimate("f1_macro"),
                score - best if score != best else None,
                (score - best) / best if best and score != best else None,
                model.summary.mean("f1_micro"),
                model.summary.mean("average_precision_macro"),
                model.summary.results[0].parameters.total,
            )
        )
    return Table(columns, rows)
