"""A search over settings: many trainings, each held against the others by its dev score.

The record of a search is read without torch, so that each name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinefuse.tuning.search import Limits, tune
    from cinefuse.tuning.space import read_space
    from cinefuse.tuning.telling import tell

_HOMES = {"Limits": "search", "read_space": "space", "tell": "telling", "tune": "search"}

__all__ = ["Limits", "read_space", "tell", "tune"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"cinefuse.tuning.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cinefuse.tuning' has no attribute '{name}'")
