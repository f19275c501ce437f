"""A comparison as a whole: its time and memory, beside its models trained and scored one by one."""

from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.own_cache import own_cache
from cinefuse.bench.process import Ran, run_cinefuse
from cinefuse.bench.record import Entry, Side
from cinefuse.progress import say
from cinefuse.results import Result, read_comparison

SMALL = ("--set", "profile=small", "--set", "report_to=none")  # at full size it would take hours


@BENCHES.register(
    "comparison", "seconds and the most memory of `compare`, beside `train` and `evaluate` one by one; small"
)
def comparison(context: Context) -> list[Entry]:
    """One turn of either: an entry of the whole, and one a model.

    The plain way is `train` and `evaluate` a model, in processes that share nothing; ours writes the report
    besides. The profile is `small` whatever the benches' is.
    """
    out = context.folder / "comparison"
    alone = {name: _alone(context, name) for name in context.models}
    models = ",".join(context.models)
    with own_cache(context.folder):
        whole = run_cinefuse("compare", "--corpus", context.source, "--out", out, "--models", models, *SMALL)
    results = {result.model: result for result in read_comparison(out / "comparison.json").models}
    told = {name: _seconds(result) for name, result in results.items()}
    say(f"comparison: {whole.seconds:.1f} s, {whole.peak:,.0f} MiB")
    plain = [ran for several in alone.values() for ran in several]
    parts = {part: sum(one[part] for one in told.values()) for part in ("training", "scoring")}
    parts["rest"] = max(0.0, whole.seconds - sum(parts.values()))
    return [
        Entry(
            bench="comparison",
            what=f"{len(context.models)} models",
            unit="s",
            larger_is_better=False,
            plain=Side(values=(sum(ran.seconds for ran in plain),)),
            ours=Side(values=(whole.seconds,)),
            parts={"ours": _shares(parts)},
            notes={
                "peak MiB": round(whole.peak, 1),
                "plain, peak MiB": round(max(ran.peak for ran in plain), 1),
            },
        ),
        *(
            Entry(
                bench="comparison",
                what=name,
                unit="s",
                larger_is_better=False,
                plain=Side(values=(sum(ran.seconds for ran in alone[name]),)),
                ours=Side(values=(sum(one.values()),)),
                parts={"ours": _shares(one)},
                notes={"plain": "with the start of its processes"},
            )
            for name, one in told.items()
        ),
    ]


def _alone(context: Context, name: str) -> list[Ran]:
    run = context.folder / f"alone-{name}"
    with own_cache(context.folder):
        return [
            run_cinefuse("train", name, "--corpus", context.source, "--out", run, *SMALL),
            run_cinefuse("evaluate", run, "--corpus", context.source),
        ]


def _seconds(result: Result) -> dict[str, float]:
    return {"training": result.seconds.train or 0.0, "scoring": result.seconds.evaluate}


def _shares(seconds: dict[str, float]) -> dict[str, float]:
    return {part: round(took / sum(seconds.values()), 3) for part, took in seconds.items()}
