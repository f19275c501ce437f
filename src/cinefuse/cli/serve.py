"""`cinefuse serve`: a model behind an API and a web page."""

import inspect
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from cinefuse.cli.options import ModelArgument, RuntimeOption
from cinefuse.serving.limits import Limits

NEEDED = ("fastapi", "uvicorn", "python_multipart", "prometheus_client")


def with_limits(verb: Callable[..., None]) -> Callable[..., None]:
    """Gives the verb an option for every field of `Limits`, in place of its `**limits`."""
    signature = inspect.signature(verb)
    own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=Annotated[
                field.annotation,
                typer.Option(f"--{name.replace('_', '-')}", help=field.description, rich_help_panel="Limits"),
            ],
        )
        for name, field in Limits.model_fields.items()
    ]
    verb.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    verb.__annotations__ |= {one.name: one.annotation for one in options}
    return verb


@with_limits
def serve(
    run: ModelArgument,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen at; this machine alone can reach 127.0.0.1.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes any that is free.")
    ] = 8000,
    runtime: RuntimeOption = "auto",
    server_name: Annotated[
        list[str] | None,
        typer.Option(help="A name by which a proxy on this machine hands on requests; repeatable."),
    ] = None,
    **limits: Any,
) -> None:
    """Serves a model: the page at `/`, the API at `/docs`, until Ctrl-C or SIGTERM."""
    from cinefuse.errors import MissingExtra

    if any(find_spec(module) is None for module in NEEDED):
        raise MissingExtra("serving a model", "serve")

    from cinefuse.runtimes import open_predictor
    from cinefuse.serving.app import create_app
    from cinefuse.serving.server import address, bind, run_server
    from cinefuse.serving.threads import in_a_thread

    checked = _check(limits)
    with bind(host, port) as listener:  # first: a port that is taken is known at once
        app = in_a_thread(lambda: create_app(open_predictor(run, runtime), checked))
        typer.echo(f"serving {app.state.service.predictor.name} at {address(listener)}; Ctrl-C stops it")
        app.state.service.names = frozenset(name.lower() for name in server_name or ())
        all_answered = run_server(app, listener, checked)
    sys.stdout.flush()
    os._exit(0 if all_answered else 1)  # whatever still computes computes for nobody, and would be waited for


def _check(limits: dict[str, Any]) -> Limits:
    from pydantic import ValidationError

    from cinefuse.errors import SettingsError

    try:
        return Limits(**limits)
    except ValidationError as error:
        faults = [
            f"--{'-'.join(map(str, one['loc'])).replace('_', '-')}: {one['msg']}"
            if one["loc"]
            else str(one["msg"])
            for one in error.errors()
        ]
        raise SettingsError("; ".join(faults)) from error
