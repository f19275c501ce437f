"""The table of one ensemble: what its members weigh, and what each and all together are worth."""

from pathlib import Path

from cinefuse.ensembles.record import EnsembleRecord, Member, Worth
from cinefuse.reports.table import Column, Table, percent


def worth_table(record: EnsembleRecord) -> Table:
    """A voice a row (see `ensembles.evidence`), then all with equal weights, then the ensemble.

    The fitted scores are of the films by which weights and thresholds were chosen; held-out ones are not.
    """
    columns = (
        Column("run", numeric=False),
        Column("weight", lambda value: f"{value:.2f}"),
        Column("F1 fitted", percent, name="macro F1, in-sample"),
        Column("held out", percent, name="macro F1, held out"),
        Column("mAP fitted", percent, name="mAP, in-sample"),
        Column("held out", percent, name="mAP, held out"),
    )
    listed: list[tuple[str, float | None, Worth]] = [
        (voice_name(voice, record), sum(one.weight for one in voice), voice[0].worth)
        for voice in record.voices
    ]
    listed += [("all, weighing the same", None, record.equal_weights), ("ensemble", None, record.worth)]
    rows = [
        (
            name,
            weight,
            *(one.in_sample.f1_macro, one.held_out.f1_macro),
            *(one.in_sample.average_precision_macro, one.held_out.average_precision_macro),
        )
        for name, weight, one in listed
    ]
    return Table(columns, rows)


def voice_name(voice: list[Member], record: EnsembleRecord) -> str:
    """By its folder, by its whole path where two are called alike; several runs by what they are of."""
    first = voice[0]
    if len(voice) > 1:
        return _of_parts(voice, record)
    names = [Path(one.origin).absolute().name for one in record.members]
    name = Path(first.origin).absolute().name
    return name if names.count(name) == 1 else first.origin


def _of_parts(voice: list[Member], record: EnsembleRecord) -> str:
    """By the model, and by the seed where another voice has the same."""
    first = voice[0]
    alike = {one.voice for one in record.members if one.model == first.model}
    seed = f", seed {first.seed}" if len(alike) > 1 else ""
    return f"{first.model} x {len(voice)}{seed}"


def voice_weights(record: EnsembleRecord) -> dict[str, float]:
    """What its members weigh, by the voices that they speak with; together 1."""
    return {voice_name(voice, record): sum(one.weight for one in voice) for voice in record.voices}


def verdict(record: EnsembleRecord) -> str:
    """One line: whether it tells films of dev that it did not learn from better than its best voice."""
    scores = [(voice[0].worth.held_out.f1_macro, voice) for voice in record.voices]
    defined = [(score, voice) for score, voice in scores if score is not None]
    own = record.worth.held_out.f1_macro
    if own is None or not defined:
        return "held out: macro F1 is undefined"
    best, voice = max(defined, key=lambda pair: pair[0])
    ahead = percent(max(0.0, own - best))
    more = "no better than" if float(ahead) == 0 else f"{ahead} points better than"
    member = voice[0]
    who = _of_parts(voice, record) if len(voice) > 1 else f"{member.model}, seed {member.seed}"
    return (
        f"held out: macro F1 {percent(own)}, {more} its best member ({who}: {percent(best)}); "
        "`cinefuse evaluate` has its interval on test"
    )
