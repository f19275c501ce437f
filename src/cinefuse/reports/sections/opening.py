"""What stands above the sections: what was compared, what came out in two sentences, on which films."""

from collections.abc import Sequence

from cinefuse.reports.material import Material
from cinefuse.reports.section import Block, Facts, Heading, Prose, Section, Verdict
from cinefuse.reports.table import estimate, percent_interval
from cinefuse.results import CorpusSummary


def title(material: Material) -> str:
    """7 models on 811 test films of open."""
    corpus, n_models = material.comparison.corpus, len(material.models)
    return (
        f"{n_models} {'model' if n_models == 1 else 'models'} on {corpus.movies:,} {corpus.split} "
        f"{'film' if corpus.movies == 1 else 'films'} of {corpus.name}"
    )


def lead(material: Material, sections: Sequence[Section]) -> list[str]:
    """The best model and the answer to the first question."""
    sentences = [_best(material), _first_answer(sections), *_failed(material)]
    return [sentence for sentence in sentences if sentence]


def _first_answer(sections: Sequence[Section]) -> str | None:
    """Of the first question, if it was asked."""
    for section in sections:
        if section.name == "questions":
            heading, answer, *_ = section.blocks
            return answer.finding if isinstance(heading, Heading) and isinstance(answer, Verdict) else None
    return None


def _failed(material: Material) -> list[str]:
    """Models that have no result at all, then those that lack some seeds."""
    there = {summary.model for summary in material.summaries}
    failed = material.comparison.failed
    gone = sorted({one.model for one in failed} - there)
    partly = [f"{one.model} with seed {one.seed}" for one in failed if one.model in there]
    said = [f"Failed, and missing here: {', '.join(gone)}."] if gone else []
    return said + ([f"Failed, so that fewer seeds are averaged: {', '.join(partly)}."] if partly else [])


def facts(material: Material) -> list[Block]:
    """The films and rules, and what was left out."""
    rules = sorted({result.threshold.rule for result in material.comparison.models})
    shared = corpus_facts(material.comparison.corpus).facts
    frozen = (("pretrained encoders", "frozen"),) if _all_frozen(material) else ()
    return [
        Facts((*shared, ("threshold", ", ".join(rules).replace("-", " ")), *frozen)),
        Prose(_left_out(material), quiet=True),
    ]


def _all_frozen(material: Material) -> bool:
    """Whether every pretrained encoder of every model was left as it was: not what fine-tuning gives."""
    parts = (("text", "transformer"), ("vision", "backbone"))
    frozen = [
        model.settings.get(f"{modality}_freeze") == "all"
        for model in material.models
        for modality, pretrained in parts
        if model.settings.get(modality) == pretrained
    ]
    return bool(frozen) and all(frozen)


def corpus_facts(corpus: CorpusSummary) -> Facts:
    """Which films, by which rules."""
    return Facts(
        (
            ("films scored", f"{corpus.movies:,} ({corpus.split})"),
            ("genres", f"{len(corpus.genres)}"),
            ("split", corpus.split_rule),
            ("plot", corpus.plot_rule),
        )
    )


def _best(material: Material) -> str:
    best = next((one for one in material.summaries if one.values("f1_macro")), None)
    if best is None:
        return "No model has a macro F1 on these films."
    score = estimate(best.estimate("f1_macro"))
    interval = best.interval("f1_macro")
    return f"The highest macro F1 on these films is {score.text} %, by {best.model}" + (
        f" (95 % interval {percent_interval(interval)})." if interval else "."
    )


def _left_out(material: Material) -> str:
    shared = material.comparison.corpus.skipped
    own = {
        result.model: {why: n for why, n in result.corpus.skipped.items() if shared.get(why) != n}
        for result in material.comparison.models
    }
    sentences = (
        [f"Left out, or used without that part: {_counts(shared)}."] if shared else ["No film was left out."]
    )
    sentences += [f"{model}: {_counts(skipped)}." for model, skipped in own.items() if skipped]
    return " ".join(sentences)


def _counts(skipped: dict[str, int]) -> str:
    return "; ".join(f"{reason} ({count:,})" for reason, count in skipped.items())
