"""Registries: a name once, and a helpful word for one that is not there."""

import pytest

from cinefuse.errors import SettingsError
from cinefuse.registry import Registry


def test_a_name_is_registered_once():
    shapes: Registry[int] = Registry("shape")
    shapes.register("circle", "round")(1)
    with pytest.raises(ValueError, match="shape 'circle' is registered twice"):
        shapes.register("circle", "round again")


def test_an_unknown_name_lists_the_known():
    shapes: Registry[int] = Registry("shape")
    shapes.register("circle", "round")(1)
    shapes.register("square", "not")(2)
    assert shapes["square"] == 2
    assert "circle" in shapes
    assert list(shapes) == ["circle", "square"]
    with pytest.raises(
        SettingsError,
        match=r"no shape is called 'cirle' \(did you mean 'circle'\?\); there are: circle, square",
    ):
        shapes["cirle"]
