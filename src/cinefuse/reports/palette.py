"""The report's colours. Told apart by readers with any colour vision (Okabe & Ito 2008), on light and dark.

Figures are drawn in the light ones; inside the page each is a CSS variable, so that a figure follows the
page into the dark.
"""

from typing import Any

LIGHT = {
    "ground": "#ffffff",
    "ink": "#1d2330",
    "muted": "#5d6675",
    "rule": "#dde2e8",
    "text": "#0072b2",
    "vision": "#d55e00",
    "fusion": "#009e73",
    "ensemble": "#aa4499",
}
DARK = {
    "ground": "#14171d",
    "ink": "#e6e9ee",
    "muted": "#9ca5b3",
    "rule": "#2e3540",
    "text": "#56b4e9",
    "vision": "#f28b3c",
    "fusion": "#33c79c",
    "ensemble": "#d98acb",
}
MARKERS = {"text": "o", "vision": "s", "fusion": "D", "ensemble": "^"}  # shapes as well, for print in grey
LINES: dict[str, Any] = {
    "text": (0, (4, 1.2)),
    "vision": (0, (1, 1)),
    "fusion": "-",
    "ensemble": (0, (6, 1, 1, 1)),
}  # likewise, where there are no marks

HEAT = ("#f1f5f9", "#9cc3df", "#3b83b8", "#0b3c6d")  # low to high, evenly darker
ON_LIGHT_HEAT, ON_DARK_HEAT = "#16233a", "#fdfdfd"


def with_variables(svg: str) -> str:
    """The same drawing with every colour of `LIGHT` as its CSS variable."""
    for name, colour in LIGHT.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg
