"""`cinefuse evaluate`: a run on a split."""

from cinefuse.cli.options import CorpusOption, JsonOption, RunArgument, SplitOption, open_told, write_json


def evaluate(
    run: RunArgument, corpus: CorpusOption, split: SplitOption = "test", json: JsonOption = None
) -> None:
    """Scores a RUN, overall and per genre; `--json` has every metric with its 95 % interval."""
    from rich.console import Console

    from cinefuse.evaluation import evaluate as score_run
    from cinefuse.inference import Predictor
    from cinefuse.reports.table import to_terminal
    from cinefuse.reports.tables import conditions_table, genre_table, overall_table
    from cinefuse.results import Comparison

    result = score_run(Predictor.load(run), open_told(corpus), split).result
    console = Console()
    console.print(f"{result.model} on {result.corpus.movies:,} {split} films of {result.corpus.name}")
    alone = Comparison(corpus=result.corpus, models=[result])
    for table in (overall_table(alone), conditions_table(alone), genre_table(alone)):
        if table.rows:
            console.print(to_terminal(table, console.width))
    if json:
        write_json(result, json)
