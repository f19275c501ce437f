"""`cinefuse evaluate`: a run on a split."""

from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, JsonOption, RunArgument, SplitOption, open_told, write_json


def evaluate(
    run: RunArgument,
    corpus: CorpusOption,
    split: SplitOption = "test",
    genres: Annotated[
        list[str] | None,
        typer.Option(
            "--genre",
            metavar="THEIRS=OURS",
            help="For a corpus with other genres: what one of them is called in the run; "
            "THEIRS= drops it. May be given often.",
        ),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option("--without", help="A corpus whose films are left out: that the run was trained on."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Scores a RUN, overall and per genre; `--json` has every metric with its 95 % interval."""
    from rich.console import Console

    from cinefuse.corpus.genre_map import parse_genre_map, with_genres_mapped
    from cinefuse.ensembles.opening import open_trained
    from cinefuse.evaluation import evaluate as score_run
    from cinefuse.progress import say
    from cinefuse.reports.result_tables import genre_scores_table, metrics_table
    from cinefuse.reports.table import percent, percent_interval, to_terminal

    predictor = open_trained(run)
    films = open_told(corpus)
    if genres or without:
        mapping, others = parse_genre_map(genres or ()), open_told(without) if without else None
        films = with_genres_mapped(films, split, predictor.genres, mapping, others)
    result = score_run(predictor, films, split).result
    learned_from = predictor.record.trained_on.get("corpus")
    if learned_from != result.corpus.name:
        say(f"note: it was trained on {learned_from}, and is scored on {result.corpus.name}")
    for reason in films.skipped if genres or without else ():
        say(f"{films.name}: {reason}: {films.skipped[reason]:,}")
    if result.undefined:
        say(f"note: no film of {', '.join(result.undefined)} in this split: no score of these genres")
    console = Console()
    console.print(
        f"{result.model} on {result.corpus.movies:,} {split} films of {result.corpus.name}: "
        "percent, with the 95 % interval over films"
    )
    console.print(to_terminal(metrics_table(result), console.width))
    if result.conditions:
        console.print("plot only: films with a plot, their posters hidden; poster only: the other way round")
    for people, own in result.people.items():
        value, interval = own.metrics["f1_macro"], own.intervals.get("f1_macro")
        told = "undefined" if value is None else percent(value)
        within = f" ({percent_interval(interval)})" if interval else ""
        console.print(f"director and cast {people}: {own.movies:,} films, macro F1 {told}{within}")
    thresholds = {genre: own.threshold for genre, own in result.per_genre.items()}
    console.print(to_terminal(genre_scores_table(thresholds, result.per_genre), console.width))
    typer.echo("thresholds are for scores before calibration; `predict` shows them moved along with it")
    if json:
        write_json(result, json)
