"""`cinefuse models`: the recipes with their parameter counts, and what may be set."""

from typing import Annotated, Any

import typer

from cinefuse.cli.options import JsonOption, SetOption, write_json


def models(
    assignments: SetOption = None,
    genres: Annotated[int, typer.Option("--genres", min=1, help="Number of genres of the head.")] = 23,
    json: JsonOption = None,
    *,
    settings: Annotated[
        bool, typer.Option("--settings", help="List what `--set` may change instead.")
    ] = False,
) -> None:
    """Lists the recipes with their numbers of parameters at full size; builds them without any download."""
    from rich.console import Console

    from cinefuse.recipes import ENSEMBLE_RECIPES, RECIPES
    from cinefuse.recipes.compose import compose_many

    console = Console()
    if settings:
        console.print(_settings_table())
        return
    composed = compose_many(list(RECIPES.values()), assignments or ())
    rows = [_row(name, composed[name], genres) for name in RECIPES]
    counts = {row["model"]: row["parameters"] for row in rows}
    rows += [_ensemble_row(recipe, counts) for recipe in ENSEMBLE_RECIPES.values()]
    console.print(_models_table(rows))
    if json:
        write_json({"models": rows}, json)


def _row(name: str, settings: Any, n_genres: int) -> dict[str, Any]:
    import torch

    from cinefuse.model import GenreModel, make_blueprints
    from cinefuse.recipes import RECIPES

    with torch.device("meta"):
        model = GenreModel.from_blueprints(settings, make_blueprints(settings, None), n_genres)
    return {
        "model": name,
        "description": RECIPES[name].description,
        "text": settings.text,
        "vision": settings.vision,
        "fusion": settings.fusion,
        "parameters": model.parameter_counts().model_dump(),
    }


def _ensemble_row(recipe: Any, counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    """All members' parameters together; of what becomes one run, one member's."""
    times = recipe.folds if recipe.makes == "ensemble" else 1
    members = [counts[name] for name in recipe.members for _ in range(times)]
    return {
        "model": recipe.name,
        "description": recipe.description,
        "members": dict.fromkeys(recipe.members, recipe.folds + (recipe.makes == "run")),
        "parameters": {column: sum(one[column] for one in members) for column in members[0]},
    }


def _models_table(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(title="Recipes, with millions of parameters", title_justify="left", box=None)
    table.add_column("recipe", style="bold", no_wrap=True)
    table.add_column("what it is")
    columns = ("backbone", "head", "total")
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        counts = row["parameters"]
        numbers = (f"{counts[column] / 1e6:.1f}" for column in columns)
        table.add_row(row["model"], row["description"], *numbers)
    return table


def _settings_table() -> Any:
    from rich.table import Table

    from cinefuse.recipes import PROFILE_DESCRIPTIONS, Settings, describe_settings

    table = Table(title="What --set may change, with the defaults", title_justify="left", box=None)
    table.add_column("setting", style="bold", no_wrap=True)
    table.add_column("default", max_width=20)
    table.add_column("what it is")
    profiles = "; ".join(f"{name}: {what}" for name, what in PROFILE_DESCRIPTIONS.items())
    table.add_row("profile", "report", profiles)
    for name, description in describe_settings().items():
        default = Settings.model_fields[name].default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        table.add_row(name, shown, description)
    return table
