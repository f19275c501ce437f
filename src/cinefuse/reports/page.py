"""The report: one self-contained page, with its tables and figures as files beside it.

Opens in seconds, loads nothing from anywhere, and only reads what runs left: no model is run again.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from cinefuse._version import __version__
from cinefuse.errors import RunError, StorageError
from cinefuse.reports.drawing import write_figure
from cinefuse.reports.palette import DARK, LIGHT, with_variables
from cinefuse.reports.reading import read_material
from cinefuse.reports.section import Block, Drawn, Section, Tabled
from cinefuse.reports.sections import SECTIONS
from cinefuse.reports.sections.opening import facts, lead, title
from cinefuse.reports.table import to_csv, to_markdown
from cinefuse.results import Record, read_record, write_record


class WrittenParts(Record):
    """`report.json`: the files of a report, by which the next one knows what to remove."""

    tables: list[str]
    figures: list[str]


def write_report(directory: Path) -> Path:
    """Reads what `compare` left in the folder and writes the report beside it; returns the page's path.

    Writes report.html, tables/NAME.csv and .md, figures/NAME.png and .svg, and report.json, a list of
    them; those that the report before wrote and this one does not are removed.

    Raises:
        RunError: if there is no comparison in the folder.
        StorageError: if the disk says no.
    """
    material = read_material(directory)
    sections = [made for make in SECTIONS if (made := make(material)) is not None]
    return write_page(
        directory, title(material), lead(material, sections), facts(material), sections, material.kinds
    )


def write_page(
    directory: Path,
    title: str,
    lead: Sequence[str],
    facts: Sequence[Block],
    sections: Sequence[Section],
    kinds: Mapping[str, str],
) -> Path:
    """Writes a page of sections, their tables and their figures; returns the page's path.

    Args:
        directory: where; the figures and tables go to folders in it.
        title: of the page.
        lead: what came out, a paragraph each.
        facts: what stands above the list of sections.
        sections: in reading order.
        kinds: name of a model -> text, vision or fusion, for the mark beside it.
    """
    try:
        drawings = _write_parts(directory, sections)
        page = (
            _environment()
            .get_template("page.html.jinja")
            .render(
                title=title,
                lead=lead,
                facts=facts,
                sections=sections,
                drawings=drawings,
                kinds=kinds,
                light=LIGHT,
                dark=DARK,
                version=__version__,
            )
        )
        path = directory / "report.html"
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StorageError(f"{directory}: the report cannot be written: {error.strerror}") from error
    return path


def _write_parts(directory: Path, sections: Sequence[Section]) -> dict[str, Markup]:
    """Writes tables and figures; returns the figures as parts of the page, by name."""
    figures, tables = directory / "figures", directory / "tables"
    for folder in (figures, tables):
        folder.mkdir(parents=True, exist_ok=True)
    drawings, written = {}, WrittenParts(tables=[], figures=[])
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Drawn):
            drawings[block.name] = _inline(block, write_figure(block.figure, figures, block.name))
            written.figures.extend(block.name + suffix for suffix in (".png", ".svg"))
        elif isinstance(block, Tabled):
            for suffix, text in ((".md", to_markdown(block.table)), (".csv", to_csv(block.table))):
                (tables / (block.name + suffix)).write_text(text, encoding="utf-8", newline="\n")
                written.tables.append(block.name + suffix)
    _remove_others(directory, written)
    write_record(written, directory / "report.json")
    return drawings


def _remove_others(directory: Path, written: WrittenParts) -> None:
    """Removes what the report before wrote there and this one did not; nothing else is ever removed."""
    try:
        before = read_record(WrittenParts, directory / "report.json", "cinefuse report")
    except RunError:
        return
    for folder, then, now in (
        ("tables", before.tables, written.tables),
        ("figures", before.figures, written.figures),
    ):
        for path in (directory / folder).iterdir():
            if path.name in set(then) - set(now) and path.is_file():
                path.unlink()


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("cinefuse.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _inline(block: Drawn, svg: str) -> Markup:
    """A drawing of our own as part of the page: in its colours, named for those who hear it, ids its own."""
    drawing = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{block.name}-", svg[svg.index("<svg") :])
    drawing = re.sub(r' (width|height)="[\d.]+pt"', "", drawing, count=2)
    width = 96 * block.figure.get_figwidth()
    spoken = Markup('<svg role="img" aria-label="{}" style="max-width: {:.0f}px" ').format(
        block.spoken, width
    )
    return Markup(with_variables(drawing)).replace("<svg ", spoken, 1)  # noqa: S704 -- matplotlib escapes text
