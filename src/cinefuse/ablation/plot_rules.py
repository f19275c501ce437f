"""The same corpus by several plot rules: each is read from the source once, when it is first needed."""

from collections.abc import Callable

from cinefuse.ablation.catalogue import Variant
from cinefuse.corpus.record import Corpus, PlotRule

Reread = Callable[[PlotRule], Corpus]


class PlotRules:
    """Corpora by plot rule.

    Args:
        corpus: as it was opened.
        reread: opens it by another rule; None where that cannot be done.
    """

    def __init__(self, corpus: Corpus, reread: Reread | None) -> None:
        self._opened = corpus
        self._reread = reread
        self._by_rule = {corpus.plot_rule: corpus}

    def corpus(self, rule: PlotRule | None) -> Corpus:
        """The corpus by that rule; None for as it was opened."""
        if rule is None:
            return self._opened
        if rule not in self._by_rule and self._reread is not None:
            self._by_rule[rule] = self._reread(rule)
        return self._by_rule[rule]

    def useless(self, variant: Variant, reference: Variant) -> str:
        """Why a variant's plot rule leads nowhere here; empty where it does not, or there is none."""
        if variant.plot_rule is None:
            return ""
        if self._reread is None:
            return (
                f"corpus {self._opened.name} has its plots by the rule {self._opened.plot_rule!r} for good; "
                "give --corpus the source that it was prepared from"
            )
        if variant is not reference and self._plots(variant) == self._plots(reference):
            return f"every film's plot is the same as by '{reference.label}' here"
        return ""

    def _plots(self, variant: Variant) -> list[str | None]:
        corpus = self.corpus(variant.plot_rule)
        return [movie.plot for split in corpus.splits.values() for movie in split]
