"""`cinefuse export`: a run as ONNX, for machines without torch."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import RunArgument, open_told


def export(
    run: RunArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the export, new; RUN/export unless given.")
    ] = None,
    corpus: Annotated[
        str,
        typer.Option("--corpus", help="Films to hold it against the run on; best those it will be used for."),
    ] = "embedded",
    split: Annotated[str, typer.Option("--split", help="Which split of them.")] = "dev",
    films: Annotated[int, typer.Option("--films", min=1, help="The most films to use of it.")] = 400,
    model_license: Annotated[
        str | None,
        typer.Option("--license", help="For the model card: an identifier that the hub knows, such as mit."),
    ] = None,
    *,
    no_int8: Annotated[bool, typer.Option("--no-int8", help="Write float32 alone.")] = False,
) -> None:
    """Writes a RUN as ONNX in float32 and int8, held against it film by film, with its model card."""
    from cinefuse.export import ExportOptions, export_run
    from cinefuse.export.card import told
    from cinefuse.runtimes import INSIDE

    folder = out or run / INSIDE
    options = ExportOptions(split, films, not no_int8, model_license)
    record = export_run(run, folder, open_told(corpus), options)
    verification = record.verification
    assert verification is not None, "what export_run returns was verified"
    typer.echo(f"held against the run on {verification.films:,} {split} films of {verification.corpus}")
    if corpus == "embedded":
        typer.echo("note: these are invented films; --corpus takes real ones, which tell more of int8")
    for precision, agreement in verification.agreement.items():
        size = (folder / record.models[precision]).stat().st_size / 1e6
        typer.echo(f"{precision:<8} {size:6.1f} MB: {told(agreement)}")
    if not no_int8 and "int8" not in record.models:
        typer.echo("no int8 model: see above")
    typer.echo(f"{folder}: now `cinefuse serve {folder}`, or read its README.md, the model card")
