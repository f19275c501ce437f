"""What each member weighs, learned from films, and what that is worth on films that had no say in it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np

from cinefuse.ensembles.record import SplitScores, Worth
from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.metrics.blending import BLENDS, Blend, BlendWeights, blend
from cinefuse.metrics.equating import equate_parts
from cinefuse.metrics.held_out import Judge, Judged, Rows, cross_validated, make_folds, scores_of
from cinefuse.metrics.thresholds import FixedThreshold, Thresholds

MakeRule = Callable[[], Thresholds]
Choose = Callable[[Rows], tuple[Blend, Floats]]  # films to learn from -> what is blended, weights


@dataclass(frozen=True, slots=True)
class Weighing:
    """What was learned.

    Attributes:
        weights: (M,), of sum 1.
        worth: of the blend; `equal_weights` of the same with equal ones, `members` of each by itself.
    """

    blend: Blend
    weights: Floats
    worth: Worth
    equal_weights: Worth
    members: tuple[Worth, ...]


@dataclass(frozen=True, slots=True)
class Others:
    """Films whose genres nothing is learned from, as the P members tell them that stand behind each voice.

    Attributes:
        told: (M, P, N, G).
        targets: (N, G).
        told_by: of each film that is learned from, which of the P told it.
    """

    told: Floats
    targets: Bools
    told_by: Rows

    def blended(self, weights: Floats, how: Blend) -> Floats:
        """(N, G); the P that stand behind each weigh the same."""
        members, parts, *rest = self.told.shape
        return blend(self.told.reshape(members * parts, *rest), np.repeat(weights / parts, parts), how)

    def equated(self, scores: Floats, weights: Floats, how: Blend) -> Floats:
        """Of the films that are learned from, (N, G), what one of the P told on the scale of all of them."""
        parts = [blend(self.told[:, part], weights, how) for part in range(self.told.shape[1])]
        return equate_parts(scores, self.told_by, parts, self.blended(weights, how))


def weigh(
    told: Floats, targets: Bools, make_rule: MakeRule, seed: int, others: Others | None = None
) -> Weighing:
    """Learns what to blend and with what weights.

    Of the two blends, by weights that are fitted or equal, the one is taken whose average precision on
    held-out films is higher. What is held out for the ensemble's cross-validated score had no say in that
    either: within each fold, the choice is made again by folds of its own.

    Args:
        told: (M, N, G) calibrated probabilities of the members.
        targets: (N, G).
        make_rule: gives a threshold rule, not fitted yet.
        seed: by which films fall into folds.
        others: films that are held out, by which the scale of all is known; None for each fifth of these in
            turn.
    """
    n_members = len(told)
    every_film = np.arange(len(targets))

    def choose(rows: Rows) -> tuple[Blend, Floats]:
        way = choose_way(told[:, rows], targets[rows], seed)
        return way.blend, way.weights(told[:, rows], targets[rows])

    def worth(chosen: Choose) -> Worth:
        def learn(rows: Rows) -> Judge:
            learned = _Learned.of(*chosen(rows), told[:, rows], targets[rows], make_rule, None)
            return lambda films: learned.judge(told[:, films])

        learned = _Learned.of(*chosen(every_film), told, targets, make_rule, others)
        held_out = (
            cross_validated(learn, targets, make_folds(targets, seed))
            if others is None
            else scores_of(learned.judge_all(others), others.targets)
        )
        return Worth(
            in_sample=SplitScores(**asdict(scores_of(learned.judge(told), targets))),
            held_out=SplitScores(**asdict(held_out)),
        )

    def always(how: Blend, weights: Floats) -> Choose:
        return lambda _: (how, weights)

    how, weights = choose(every_film)
    return Weighing(
        how,
        weights,
        worth=worth(choose),
        equal_weights=worth(always(how, np.full(n_members, 1 / n_members))),
        members=tuple(worth(always(how, own)) for own in np.eye(n_members)),
    )


@dataclass(frozen=True, slots=True)
class _Learned:
    """Weights, and thresholds of what they blend."""

    how: Blend
    weights: Floats
    others: Others | None
    rule: Thresholds

    @classmethod
    def of(
        cls,
        how: Blend,
        weights: Floats,
        told: Floats,
        targets: Bools,
        make_rule: MakeRule,
        others: Others | None,
    ) -> Self:
        rule = make_rule() if targets.any() else FixedThreshold()
        learned = cls(how, weights, others, rule)
        rule.fit(learned._scores(told), targets)
        return learned

    def judge(self, told: Floats) -> Judged:
        """Of (M, N, G)."""
        return self._judged(self._scores(told))

    def judge_all(self, others: Others) -> Judged:
        """Of films told by all that stand behind each."""
        return self._judged(others.blended(self.weights, self.how))

    def _scores(self, told: Floats) -> Floats:
        scores = blend(told, self.weights, self.how)
        return scores if self.others is None else self.others.equated(scores, self.weights, self.how)

    def _judged(self, probabilities: Floats) -> Judged:
        return Judged(probabilities, self.rule.predict(probabilities))


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
