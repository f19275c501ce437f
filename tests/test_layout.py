"""Small on purpose: budgets of lines for files, functions and the whole, and every package is in a layer."""

import ast
import tomllib
from collections import Counter
from pathlib import Path

import cinefuse

SOURCE = Path(cinefuse.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 250, 60
# what stands around the core or grows by a file a system, each with its own budget of code lines; the
# catalogue is data, mostly
AROUND = {
    "encoders": 1_390,
    "fusion": 780,
    "heads": 200,
    "recipes": 830,
    "training": 1_490,
    "reports": 3_350,
    "ablation": 550,
    "cli": 1_260,
    "catalogue": 2_000,
    "serving": 1_800,
    "tagging": 1_220,
    "explanation": 1_200,
    "export": 770,
    "bench": 1_130,
    "ensembles": 560,
    "tuning": 700,
}
CORE_LINES = 7_740


def functions(path: Path) -> list[tuple[str, int]]:
    """Name and lines, from `def` to the last, of every function in a file."""
    return [
        (f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def code_lines(path: Path) -> int:
    """Lines that do something: no blank ones, comments or docstrings."""
    text = path.read_text(encoding="utf-8")
    lines = {
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    }
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node) is not None
        ):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_no_file_is_long():
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in FILES}
    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_long():
    found = [one for path in FILES for one in functions(path)]
    assert len(found) > 200
    assert {name: length for name, length in found if length > FUNCTION_LINES} == {}


def test_the_core_is_small_and_so_is_what_stands_around_it():
    sizes = Counter()
    for path in FILES:
        parts = path.relative_to(SOURCE).parts
        sizes[next((name for name in AROUND if name in parts), "core")] += code_lines(path)
    budgets = AROUND | {"core": CORE_LINES}
    assert sizes.keys() == budgets.keys()
    assert {name: size for name, size in sizes.items() if size > budgets[name]} == {}
    assert sizes["core"] > 3_000


def test_every_module_is_in_a_layer():
    settings = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    assert contract["exhaustive"] is True
    layers = {name.strip() for layer in contract["layers"] for name in layer.split("|")}
    there = {
        path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert layers == there - {"__init__"}
