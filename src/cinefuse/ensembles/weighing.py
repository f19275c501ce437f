"""What each member weighs, learned from dev, and what that is worth on films that had no say in it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from cinefuse.ensembles.record import OnDev, SplitScores
from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.metrics.blending import BLENDS, Blend, BlendWeights, blend
from cinefuse.metrics.held_out import Judge, Judged, Rows, cross_validated, make_folds, scores_of
from cinefuse.metrics.thresholds import FixedThreshold, Thresholds

MakeRule = Callable[[], Thresholds]
Choose = Callable[[Rows], tuple[Blend, Floats]]  # films to learn from -> what is blended, weights


@dataclass(frozen=True, slots=True)
class Weighing:
    """What was learned.

    Attributes:
        weights: (M,), of sum 1.
        on_dev: of the blend; `equal_weights` of the same with equal ones, `members` of each by itself.
    """

    blend: Blend
    weights: Floats
    on_dev: OnDev
    equal_weights: OnDev
    members: tuple[OnDev, ...]


def weigh(told: Floats, targets: Bools, make_rule: MakeRule, seed: int) -> Weighing:
    """Learns what to blend and with what weights, by the films of dev.

    Of the two blends, by weights that are fitted or equal, the one is taken whose average precision on
    held-out films is higher. What is held out for the ensemble's cross-validated score had no say in that
    either: within each fold, the choice is made again by folds of its own.

    Args:
        told: (M, N, G) calibrated probabilities of the members.
        targets: (N, G).
        make_rule: gives a threshold rule, not fitted yet.
        seed: by which films fall into folds.
    """
    n_members = len(told)
    every_film = np.arange(len(targets))

    def choose(rows: Rows) -> tuple[Blend, Floats]:
        way = choose_way(told[:, rows], targets[rows], seed)
        return way.blend, way.weights(told[:, rows], targets[rows])

    def judged(chosen: Choose) -> OnDev:
        def learn(rows: Rows) -> Judge:
            how, weights = chosen(rows)
            rule = make_rule() if targets[rows].any() else FixedThreshold()
            rule = rule.fit(blend(told[:, rows], weights, how), targets[rows])

            def judge(films: Rows) -> Judged:
                probabilities = blend(told[:, films], weights, how)
                return Judged(probabilities, rule.predict(probabilities))

            return judge

        in_sample = scores_of(learn(every_film)(every_film), targets)
        held_out = cross_validated(learn, targets, make_folds(targets, seed))
        return OnDev(
            in_sample=SplitScores(**asdict(in_sample)), cross_validated=SplitScores(**asdict(held_out))
        )

    def always(how: Blend, weights: Floats) -> Choose:
        return lambda _: (how, weights)

    how, weights = choose(every_film)
    return Weighing(
        how,
        weights,
        on_dev=judged(choose),
        equal_weights=judged(always(how, np.full(n_members, 1 / n_members))),
        members=tuple(judged(always(how, own)) for own in np.eye(n_members)),
    )


@dataclass(frozen=True, slots=True)
class Way:
    """What is blended, and whether its weights are fitted to films or all the same."""

    blend: Blend
    fitted: bool

    def weights(self, told: Floats, targets: Bools) -> Floats:
        """(M,), of sum 1."""
        if not self.fitted:
            return np.full(len(told), 1 / len(told))
        return BlendWeights(self.blend).fit(told, targets).weights_


WAYS = [Way(how, fitted) for how in BLENDS for fitted in (True, False)]


def choose_way(told: Floats, targets: Bools, seed: int) -> Way:
    """The one that ranks held-out films best, by macro average precision; of equals, the first.

    Ranking, since it knows no threshold, is told better by few films than F1 is.
    """
    if len(targets) < 2 or not targets.any():
        return WAYS[0]
    folds = make_folds(targets, seed)

    def worth(way: Way) -> float:
        def learn(rows: Rows) -> Judge:
            weights = way.weights(told[:, rows], targets[rows])

            def judge(films: Rows) -> Judged:
                probabilities = blend(told[:, films], weights, way.blend)
                return Judged(probabilities, probabilities >= 0.5)

            return judge

        return cross_validated(learn, targets, folds).average_precision_macro or 0.0

    return max(WAYS, key=worth)
