"""A search over settings: many trainings, each held against the others by its dev score."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinefuse.tuning.search import tune

__all__ = ["tune"]


def __getattr__(name: str) -> Any:
    if name == "tune":  # its record is read without torch, so that nothing is imported before it is used
        from cinefuse.tuning.search import tune

        return tune
    raise AttributeError(f"module 'cinefuse.tuning' has no attribute '{name}'")
