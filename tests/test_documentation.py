"""README and docs say what is so: their commands parse, their map is the tree, the short journey runs."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

import cinefuse
from cinefuse.cli import app

ROOT = Path(cinefuse.__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs").glob("results/*/*.md")),
]


def commands(text: str) -> list[list[str]]:
    """The cinefuse command lines in a page's code, continuation lines joined, placeholders as they are."""
    joined = text.replace("\\\n", " ")
    lines = re.findall(r"^(?:    |\$ )(?:\.venv/bin/)?cinefuse (.+)$", joined, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_parses(page):
    for arguments in commands(page.read_text(encoding="utf-8")):
        command, context, rest = get_command(app), None, list(arguments)
        while hasattr(command, "commands"):
            name = rest.pop(0)
            assert name in command.commands, (
                f"{page.name}: no verb {name} in: cinefuse {shlex.join(arguments)}"
            )
            context, command = command.make_context(None, [name], parent=context), command.commands[name]
        command.make_context(None, rest, parent=context)  # an option that is not there raises


def test_the_readme_has_commands():
    assert len(commands((ROOT / "README.md").read_text(encoding="utf-8"))) >= 8


def mapped_files(text: str) -> set[str]:
    """The files that the README's tree names, with the folders that they are indented under."""
    files, folders = set(), {}
    for indent, name in re.findall(r"^( {6,})([\w./]+)\s{2,}\S", text, re.MULTILINE):
        if name.endswith("/"):
            folders = {len(indent): name}
        else:
            files.add("".join(path for depth, path in folders.items() if depth < len(indent)) + name)
    return files


def test_the_map_is_the_tree():
    source = ROOT / "src" / "cinefuse"
    there = {
        path.relative_to(source).as_posix()
        for pattern in ("*.py", "*.jinja")
        for path in source.rglob(pattern)
        if not path.name.startswith("_") and "catalogue" not in path.parts
    }
    assert mapped_files((ROOT / "README.md").read_text(encoding="utf-8")) == there


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(((?!https?://|#)[^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
