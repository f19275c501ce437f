"""Scoring a catalogue, and one film alone: by each runtime, in float32 and in int8, and by a plain loop."""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median, quantiles

from cinefuse.bench.clock import now
from cinefuse.bench.compiled import open_compiled
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.films import spread_over
from cinefuse.bench.plain import PlainDataset, plain_scores
from cinefuse.bench.record import Entry
from cinefuse.bench.subject_run import make_run
from cinefuse.bench.turns import race
from cinefuse.bundle import load_bundle
from cinefuse.corpus.movie import Movie
from cinefuse.inference import best_device
from cinefuse.prediction import GenrePredictor
from cinefuse.progress import say
from cinefuse.runtimes import open_predictor

RECIPE = "early-fusion"
PLAIN_FILMS = 32  # of a plain turn: every film costs it the same
FIRST = 3  # films by which a model is compiled: the second and third may have other lengths
ALONE = 32  # films that are asked for one by one in a turn
COMPILED = "torch.compile, float32"
RUNTIMES = {"torch": "torch, float32", "onnx": "onnxruntime, float32", "int8": "onnxruntime, int8"}

Tell = Callable[[Sequence[Movie]], object]


@BENCHES.register("tagging", "films/s of telling genres, reading included, against a plain evaluation loop")
def tagging(context: Context) -> list[Entry]:
    """An entry a runtime."""
    movies = spread_over(context.corpus.split("test"), context.films)
    plain = _plain(context)

    def rate(tell: Tell, films: Sequence[Movie]) -> float:
        began = now()
        tell(films)
        return len(films) / (now() - began)

    return [
        race(
            "tagging",
            title,
            "films/s",
            (partial(rate, plain, movies[:PLAIN_FILMS]), partial(rate, predictor.predict, movies)),
            context.turns,
        )
        for title, predictor in _predictors(context).items()
    ]


@BENCHES.register("latency", "ms until one film's genres are told")
def latency(context: Context) -> list[Entry]:
    """An entry a runtime, and one of a compiled model; the median of a turn's films."""
    movies = spread_over(context.corpus.split("test"), ALONE)
    plain = _plain(context)
    entries = [_waits(title, plain, own, movies, context) for title, own in _predictors(context).items()]
    try:
        compiled, took = open_compiled(make_run(context, RECIPE), movies[:FIRST], context.folder / "compiled")
    except Exception as error:  # noqa: BLE001 -- torch's compiler may lack anything, and the rest is measured
        say(f"latency: no compiled model, for torch.compile failed: {str(error).partition(chr(10))[0]}")
        return entries
    entry = _waits(COMPILED, plain, compiled, movies, context)
    notes = entry.notes | {"compiling, s": round(took, 1)}
    return [*entries, entry.model_copy(update={"notes": notes})]


def _waits(
    title: str, plain: Tell, predictor: GenrePredictor, movies: Sequence[Movie], context: Context
) -> Entry:
    """The median of each turn, and of all turns' films the 95th percentile."""
    waits: dict[str, list[list[float]]] = {"plain": [], "ours": []}

    def wait(side: str, tell: Tell) -> float:
        found = []
        for movie in movies:
            began = now()
            tell([movie])
            found.append(1000 * (now() - began))
        waits[side].append(found)
        return median(found)

    sides = partial(wait, "plain", plain), partial(wait, "ours", predictor.predict)
    entry = race("latency", title, "ms", sides, context.turns)
    counted = {
        side: [ms for turn in turns[1:] for ms in turn] for side, turns in waits.items()
    }  # not to warm up
    tails = {f"{side} p95": round(quantiles(found, n=20)[-1], 1) for side, found in counted.items()}
    return entry.model_copy(update={"notes": tails})


def _predictors(context: Context) -> dict[str, GenrePredictor]:
    folder = make_run(context, RECIPE)
    return {title: open_predictor(folder, runtime) for runtime, title in RUNTIMES.items()}


def _plain(context: Context) -> Tell:
    """Reads and scores films as a plain evaluation loop does."""
    bundle = load_bundle(make_run(context, RECIPE))
    settings = context.settings(RECIPE)

    def tell(films: Sequence[Movie]) -> object:
        dataset = PlainDataset(films, bundle.record.genres, settings, bundle.tokenizer, varied=False)
        return plain_scores(bundle.model, dataset, settings.batch_size, best_device())

    return tell
