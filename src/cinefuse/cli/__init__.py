"""The command line: one file a verb, each a thin skin over a function that Python can call too.

Exit codes: 0, 1 for our mistakes, 2 for the caller's; a clear message, never a traceback, for bad input.
"""

import sys
import traceback

import typer
from rich.console import Console

from cinefuse import _version, processes, progress
from cinefuse.cli import corpus
from cinefuse.cli.ablate import ablate
from cinefuse.cli.bench import bench
from cinefuse.cli.compare import compare
from cinefuse.cli.cross_fit import cross_fit
from cinefuse.cli.ensemble import ensemble
from cinefuse.cli.evaluate import evaluate
from cinefuse.cli.explain import explain
from cinefuse.cli.export import export
from cinefuse.cli.models import models
from cinefuse.cli.predict import predict
from cinefuse.cli.report import report
from cinefuse.cli.serve import serve
from cinefuse.cli.soup import soup
from cinefuse.cli.tag import tag
from cinefuse.cli.train import train
from cinefuse.cli.tune import tune
from cinefuse.errors import CinefuseError, ProcessError, UserError

app = typer.Typer(
    name="cinefuse",
    help="Film genres from poster and plot: every way of fusing the two, on one bench, with error bars.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)
app.add_typer(corpus.app, name="corpus")
VERBS = (
    models,
    train,
    evaluate,
    compare,
    ablate,
    tune,
    ensemble,
    soup,
    cross_fit,
    report,
    predict,
    tag,
    explain,
    export,
    serve,
    bench,
)
for verb in VERBS:
    app.command()(verb)


INTERRUPTED = 130  # by Ctrl-C, as shells have it
TOGETHER = ("train", "compare", "ablate")  # the verbs that several processes do together


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    *,
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True),
) -> None:
    if version:
        typer.echo(f"cinefuse {_version.__version__}")
        raise typer.Exit
    if processes.count() > 1 and context.invoked_subcommand not in TOGETHER:
        raise UserError(
            f"cinefuse {context.invoked_subcommand}: works in one process, and here are {processes.count()}; "
            f"start it without torchrun or accelerate launch: they are for {', '.join(TOGETHER)}"
        )


def main() -> None:
    """Runs the program; turns our errors into one message and an exit code, however many processes it is."""
    if processes.is_first():
        progress.show()
    try:
        with processes.first_speaks():
            app()
    except SystemExit as over:
        _leave(over.code)
    except CinefuseError as error:
        if processes.first_to_fail():
            _tell(error)
        processes.leave(error.exit_code)
    except KeyboardInterrupt:
        _leave(INTERRUPTED)
    except Exception:
        if processes.count() == 1:
            raise
        if processes.first_to_fail():
            traceback.print_exc()
        processes.leave(1)


def _leave(code: str | int | None) -> None:
    """Typer turns Ctrl-C into its exit code, and says nothing."""
    if code == INTERRUPTED and processes.is_first():
        print("stopped", file=sys.stderr)  # noqa: T201
    processes.leave(code)


def _tell(error: CinefuseError) -> None:
    if isinstance(error, ProcessError):
        traceback.print_exception(error.__cause__)
    Console(stderr=True, soft_wrap=True, highlight=False).print("error:", style="bold red", end=" ")
    print(error, file=sys.stderr)  # noqa: T201 -- as it is: paths in it are no markup
