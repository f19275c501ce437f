"""What a report is made of: sections of blocks, plain data that the page, CSV, Markdown and figures read.

A section is a function of the material. What it shows as a table is also written as CSV and Markdown, what
it draws also as PNG and SVG, each under the name that its block has.
"""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from cinefuse.reports.material import Material
from cinefuse.reports.table import Table


@dataclass(frozen=True)
class Prose:
    """A paragraph; `quiet` ones explain, in smaller print."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Tabled:
    """A table.

    Attributes:
        name: of its CSV and Markdown files.
        ranked: the first row is the best one, and stands out.
        folded: shown when it is asked for.
        fold_title: what one clicks to see it.
    """

    name: str
    table: Table
    ranked: bool = False
    folded: bool = False
    fold_title: str = "The same as a table"


@dataclass(frozen=True)
class Drawn:
    """A figure.

    Attributes:
        name: of its PNG and SVG files.
        spoken: what it shows, for those who cannot see it.
    """

    name: str
    figure: Figure
    spoken: str


@dataclass(frozen=True)
class Verdict:
    """A question with the answer that follows from the numbers."""

    question: str
    finding: str
    numbers: str


@dataclass(frozen=True)
class Facts:
    """Short facts side by side: (name, value)."""

    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Bar:
    """One genre's probabilities for a film, one a model; `true` where the film has the genre."""

    genre: str
    true: bool
    shares: tuple[tuple[str, float], ...]  # kind of model -> probability


@dataclass(frozen=True)
class FilmCard:
    """A film with what models say of it. `poster` is a base64 JPEG, or None."""

    title: str
    why: str
    plot: str
    poster: str | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Films:
    """Films side by side.

    Attributes:
        legend: kind -> the model that its bars are of.
    """

    cards: tuple[FilmCard, ...]
    legend: tuple[tuple[str, str], ...]


Block = Prose | Heading | Tabled | Drawn | Verdict | Facts | Films


@dataclass(frozen=True)
class Section:
    """One section: `name` is its anchor."""

    name: str
    title: str
    blocks: tuple[Block, ...]


MakeSection = Callable[[Material], Section | None]
