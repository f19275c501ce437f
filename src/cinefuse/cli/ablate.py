"""`cinefuse ablate`: what each part of a model is worth, by training it with and without."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, SetOption, SplitOption, open_told
from cinefuse.errors import CinefuseError


def _list(*, asked: bool) -> None:
    if not asked:
        return
    from rich.console import Console
    from rich.table import Table

    from cinefuse.ablation.catalogue import ABLATIONS

    table = Table(box=None, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for ablation in ABLATIONS.values():
        models = ", ".join(dict.fromkeys(variant.recipe for variant in ablation.variants))
        labels = "; ".join(dict.fromkeys(variant.label for variant in ablation.variants))
        table.add_row(ablation.name, f"{ablation.question}\n{models}: {labels}")
    Console().print(table)
    raise typer.Exit


def ablate(
    corpus: CorpusOption,
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder for the runs, ablation.json and its report; may be gone on with."),
    ],
    only: Annotated[
        str, typer.Option("--only", metavar="A,B,...", help="Ablations to run; all unless given. See --list.")
    ] = "",
    assignments: SetOption = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Train each variant this many times.")] = 1,
    split: SplitOption = "dev",
    *,
    list_them: Annotated[
        bool,
        typer.Option(
            "--list",
            is_eager=True,
            callback=lambda asked: _list(asked=asked),
            help="List the ablations, and run none.",
        ),
    ] = False,
) -> None:
    """Trains models with one part changed at a time, and holds each variant against its reference."""
    del list_them
    from rich.console import Console

    from cinefuse.ablation.plan import plan

    planned = plan([name.strip() for name in only.split(",") if name.strip()], assignments or ())
    from cinefuse.ablation.study import ablate as run_ablations
    from cinefuse.corpus.corpus import CorpusRules, open_corpus
    from cinefuse.corpus.store import is_store
    from cinefuse.reports.ablation import ablation_notes, ablation_table
    from cinefuse.reports.table import to_terminal

    reread = None if is_store(Path(corpus)) else lambda rule: open_corpus(corpus, CorpusRules(plot_rule=rule))
    study = run_ablations(planned, open_told(corpus), out, seeds=seeds, split=split, reread=reread)
    console = Console()
    for ablation in study.ablations:
        console.print(f"\n{ablation.title}. {ablation.question}", style="bold", markup=False)
        console.print(to_terminal(ablation_table(ablation), console.width))
        for note in ablation_notes(ablation):
            console.print(note, markup=False, highlight=False)
    typer.echo(f"\n{out / 'ablation.json'}\n{out / 'report.html'}")
    failed = [
        f"  - {ablation.name}: {variant.recipe}, {variant.label} (seed {one.seed}): {one.error}"
        for ablation in study.ablations
        for variant in ablation.variants
        for one in variant.failed
    ]
    if failed:
        told = "\n".join(failed)
        raise CinefuseError(f"{len(failed)} failed; the same command tries them again:\n{told}")
