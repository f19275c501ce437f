"""Explanations: why a model gives a film a genre, as a record, a page and a picture.

    explanation = explain(predictor, movie, "Horror")
    write_html(explanation, movie, Path("why.html"))
    write_picture(explanation, movie, Path("why.png"))  # or .svg, .pdf

The record itself is written by `cinefuse.results.write_record`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cinefuse.explanation.explaining import explain

if TYPE_CHECKING:
    from cinefuse.explanation.page import write_html
    from cinefuse.explanation.picture import write_picture

__all__ = ["explain", "write_html", "write_picture"]

# who only explains, a server say, does without what draws
_HOMES = {"write_html": "cinefuse.explanation.page", "write_picture": "cinefuse.explanation.picture"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'cinefuse.explanation' has no attribute '{name}'")
