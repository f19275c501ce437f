"""Where on a poster the tokens of a vision transformer lie."""

from collections.abc import Sequence
from itertools import count

from transformers import PretrainedConfig

from cinefuse.errors import SettingsError


def grid_of(config: PretrainedConfig, size: Sequence[int], n_tokens: int) -> tuple[int, int] | None:
    """Rows and columns of the last of `n_tokens`; those before them (class token, registers) are no places.

    None where the configuration names no patches. The grid is one of patches, or of two by two of them, four
    by four and so on, as models in stages put them together (Swin): the finest that there are tokens for.

    Args:
        size: height and width of the poster.
    """
    patches = _patches(config)
    if patches is None:
        return None
    for doubled in count():
        # ceilings: where a stage finds an odd number it fills up
        rows, columns = (-(-side // (patch << doubled)) for side, patch in zip(size, patches, strict=True))
        if rows * columns <= n_tokens:
            return rows, columns
    raise AssertionError("one place for all is reached at last")


def check_size(config: PretrainedConfig, size: Sequence[int]) -> None:
    """Refuses posters that do not divide into patches: what is over at the edges would not be seen.

    Raises:
        SettingsError: that says which sizes are near.
    """
    patches = _patches(config)
    if patches is None or not any(side % patch for side, patch in zip(size, patches, strict=True)):
        return
    near = [max(round(side / patch), 1) * patch for side, patch in zip(size, patches, strict=True)]
    raise SettingsError(
        f"posters of {size[0]} x {size[1]} pixels do not divide into the vision encoder's patches of "
        f"{patches[0]} x {patches[1]}; allowed are multiples of that: give "
        f"--set poster_height={near[0]} --set poster_width={near[1]}, or another vision_encoder"
    )


def _patches(config: PretrainedConfig) -> Sequence[int] | None:
    """Height and width of a patch."""
    patch = getattr(config, "patch_size", None)
    return [patch, patch] if isinstance(patch, int) else patch
