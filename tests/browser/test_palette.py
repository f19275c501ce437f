"""The page wears the report's colours, and everything it loads is in the package."""

import re
from pathlib import Path

import pytest

import cinefuse.serving
from cinefuse.explanation import heat
from cinefuse.reports.palette import DARK, LIGHT

PAGE = Path(cinefuse.serving.__file__).parent / "page"


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def test_the_colours_are_the_reports():
    light, dark = (PAGE / "page.css").read_text(encoding="utf-8").split("prefers-color-scheme: dark", 1)
    assert LIGHT.items() <= colours(light).items()
    assert DARK.items() <= colours(dark).items()
    assert colours(light).keys() == colours(dark).keys()


@pytest.mark.parametrize("path", sorted(PAGE.iterdir()), ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere_or_made_into_html(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//[a-z]+\.|innerHTML|insertAdjacentHTML|\bstyle=|\bon[a-z]+=", text)
    for name in re.findall(r'(?:href|src)="page/([^"]+)"|from "\./([^"]+)"', text):
        assert (PAGE / "".join(name)).is_file(), name


def test_what_speaks_for_and_against_looks_alike_in_a_written_explanation():
    style = (PAGE / "result.css").read_text(encoding="utf-8")
    assert f"--heat-for: {heat.HEAT_FOR}; --heat-against: {heat.HEAT_AGAINST};" in style
    assert "--for: var(--text); --against: var(--vision);" in style
    assert (LIGHT["text"], LIGHT["vision"]) == (heat.FOR, heat.AGAINST)
    words = (PAGE / "words.js").read_text(encoding="utf-8")
    assert f"MOST_TINT = {100 * heat.MOST_TINT:.0f};" in words
