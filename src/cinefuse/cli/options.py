"""Options that several verbs share, worded once."""

from pathlib import Path
from typing import Annotated

import typer

CorpusOption = Annotated[
    str,
    typer.Option(
        "--corpus", help="A prepared store, a raw MM-IMDb folder, an HDF5 or table file, or `embedded`."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Changes a setting; may be given often. `cinefuse models --settings` lists them.",
    ),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Also write the result as JSON to this file.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with what was broken off; keep what is finished.")
]
SplitOption = Annotated[str, typer.Option("--split", help="Which split to score.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
