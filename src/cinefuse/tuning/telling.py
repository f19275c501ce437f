"""What a search found, for people: the best trials, what to do with them, and how far to trust them."""

import shlex
from pathlib import Path
from typing import Any

from rich.console import Console

from cinefuse.errors import CinefuseError
from cinefuse.recipes import find_recipe
from cinefuse.recipes.compose import compose_loosely
from cinefuse.recipes.concerns import idle_settings
from cinefuse.reports.table import Column, Table, percent, to_terminal
from cinefuse.tuning.record import TrialResult, Tuning

SHOWN = 6  # trials in the table
TITLES = {"f1_macro": "dev macro F1", "average_precision_macro": "dev mAP"}


def tell(tuning: Tuning, corpus: str) -> None:
    """Prints all of it; `corpus` as `--corpus` was given.

    Raises:
        CinefuseError: after the rest, if no trial was finished.
    """
    console = Console(highlight=False)
    console.print(to_terminal(tuning_table(tuning), console.width))
    for note in tuning_notes(tuning):
        console.print(note, markup=False)
    if tuning.best is None:
        raise CinefuseError("no trial was trained to its end: there is nothing to choose from")
    # as it is, however wide the terminal: it is there to be copied
    console.print(f"\n{train_command(tuning, corpus)}", markup=False, soft_wrap=True)


def tuning_table(tuning: Tuning) -> Table:
    """A column a trial, the best first, and the recipe as it was given in any case; a row a setting."""
    tried = [one for one in tuning.trials if one.score is not None and one.same_as is None]
    ranked = sorted(tried, key=lambda one: (one.state != "finished", -(one.score or 0.0)))
    shown = ranked[:SHOWN] + [one for one in ranked[SHOWN:] if one.number == 0]
    values = {key: [_value(tuning, one, key) for one in shown] for key in tuning.space}
    rows: list[tuple[Any, ...]] = [
        (TITLES[tuning.metric], *(percent(one.score or 0.0) for one in shown)),
        ("", *(_state(one) for one in shown)),
        ("epochs", *(len(one.scores) for one in shown)),
        ("seconds", *(f"{one.seconds:,.0f}" for one in shown)),
        # what all have alike tells nothing apart
        *((key, *own) for key, own in values.items() if len(set(own)) > 1 or len(shown) == 1),
    ]
    titles = [f"trial {one.number}" for one in shown]
    worst_first = [title for title in reversed(titles[1:]) if title != "trial 0"]
    columns = (Column("", numeric=False), *map(Column, titles))
    return Table(columns, rows, tuple(worst_first))


def tuning_notes(tuning: Tuning) -> list[str]:
    """What the table cannot say: what failed, what mattered, and how far to trust the best."""
    states = [one.state for one in tuning.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    notes = [f"{len(states)} trials: {counts}."]
    notes += [f"trial {one.number} failed: {one.error}" for one in tuning.trials if one.error]
    if tuning.importance:
        shares = ", ".join(f"{key} {share:.0%}" for key, share in tuning.importance.items())
        notes.append(f"What the scores of finished trials differed by (fANOVA): {shares}.")
    if tuning.best is not None:
        best, first = tuning.trial(tuning.best), tuning.trial(0)
        if best.number and best.score is not None and first.score is not None:
            gain = f"{percent(best.score - first.score)} points above the recipe as it was given (trial 0)"
        else:
            gain = "the recipe as it was given" if best.number == 0 else "and trial 0 has no score"
        notes.append(
            f"The best is trial {best.number}, {gain}. It is the best of {len(states)} on the "
            f"{tuning.corpus.movies:,} dev films by which it was chosen: its score there is too good by the "
            "luck in that. Test has not been looked at. Train it with other seeds before you believe it."
        )
    return notes


def best_assignments(tuning: Tuning) -> list[str]:
    """What `--set` must say to train the best trial, without what would change nothing beside the rest."""
    if tuning.best is None:
        return []
    chosen = [f"{key}={value}" for key, value in tuning.trial(tuning.best).settings.items()]
    pairs = [*tuning.assignments, *chosen]
    model = compose_loosely(find_recipe(tuning.recipe), pairs)
    return [pair for pair in pairs if not idle_settings([model], [pair])]


def train_command(tuning: Tuning, corpus: str) -> str:
    """The command that trains the best trial; `corpus` as `--corpus` was given."""
    sets = [part for pair in best_assignments(tuning) for part in ("--set", pair)]
    out = f"runs/{Path(tuning.recipe).stem}-tuned"  # of a file's recipe the file's name
    words = ["cinefuse", "train", tuning.recipe, "--corpus", corpus, "--out", out]
    return shlex.join([*words, *sets])


def _state(one: TrialResult) -> str:
    return ("as given" if one.number == 0 else "") if one.state == "finished" else one.state


def _value(tuning: Tuning, one: TrialResult, key: str) -> str | None:
    """What the trial tried; None where the setting did not matter beside the others."""
    if key in one.settings:
        return one.settings[key]
    given = tuning.settings.get(key) if one.number == 0 else None
    return ",".join(map(str, given)) if isinstance(given, list) else None if given is None else str(given)
