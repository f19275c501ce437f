"""README and docs say what is so: their commands parse, their map is the tree, the short journey runs."""

import contextlib
import re
import shlex
import sys
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.main import get_command

import cinefuse
from cinefuse.cli import app, main

ROOT = Path(cinefuse.__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs").glob("results/*/*.md")),
]


def commands(text: str) -> list[list[str]]:
    """The cinefuse command lines in a page's code, continuation lines joined, placeholders as they are."""
    joined = text.replace("\\\n", " ")
    lines = re.findall(r"^(?:    |\$ )(?:\.venv/bin/|.* -m )?cinefuse (.+)$", joined, re.MULTILINE)
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
        with contextlib.suppress(typer.Exit):  # --list has done its work
            command.make_context(None, rest, parent=context)  # an option that is not there raises


def test_the_readme_has_commands():
    assert len(commands((ROOT / "README.md").read_text(encoding="utf-8"))) >= 8


GENRES = {  # name -> a word of its plots, the colour of its posters
    "Drama": ("letter", (90, 110, 160)),
    "Comedy": ("wedding", (250, 210, 60)),
    "Horror": ("cellar", (40, 0, 10)),
}
# at 32 pixels ResNet has one place a poster, and batch norm nothing to average in a last batch of one film
QUICK = [
    part
    for setting in ("max_epochs=1", "batch_size=8", "poster_height=64", "poster_width=64")
    for part in ("--set", setting)
]


@pytest.fixture
def films(tmp_path, monkeypatch):
    """A folder with films.csv and poster.png, as the README takes them to be; one works in it."""
    lines = ["id,title,plot,poster,genres"]
    for number in range(45):
        genre = list(GENRES)[number % 3]
        word, colour = GENRES[genre]
        Image.new("RGB", (20, 30), colour).save(tmp_path / f"{number}.png")
        lines.append(f"f{number},Film {number},the {word} that nobody opens {number},{number}.png,{genre}")
    (tmp_path / "films.csv").write_text("\n".join(lines) + "\n")
    Image.new("RGB", (30, 40), (40, 0, 10)).save(tmp_path / "poster.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_readmes_own_films_are_told(films, capsys, monkeypatch):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Your own films")[2].partition("## MM-IMDb")[0]
    verbs = []
    for arguments in commands(section):
        if "profile=two-cores" in arguments:  # from here on with encoders from the hub
            break
        verbs.append(arguments[0])
        if arguments[0] == "compare":
            arguments += [*QUICK, "--models", "late-fusion"]
        monkeypatch.setattr(sys, "argv", ["cinefuse", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        assert not stop.value.code, f"cinefuse {shlex.join(arguments)}\n{capsys.readouterr().err}"
    assert verbs == ["corpus", "corpus", "compare", "evaluate", "predict"]
    assert "genres:" in capsys.readouterr().out
    (example,) = re.findall(r"```python\n(.+?)```", section, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102 -- our own README
    assert set(names["prediction"].probabilities) == set(GENRES)
    assert names["prediction"].lacking == ("poster",)


def mapped_files(text: str) -> set[str]:
    """The files that the map's tree names, with the folders that they are indented under."""
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
        for pattern in ("*.py", "*.jinja", "*.css")
        for path in source.rglob(pattern)
        if not path.name.startswith("_") and "catalogue" not in path.parts
    }
    assert mapped_files((ROOT / "docs" / "source.md").read_text(encoding="utf-8")) == there


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(((?!https?://|#)[^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
