"""A cache with nothing in it: what was kept before is not what is measured, and nothing of it makes room."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_cache(folder: Path) -> Iterator[None]:
    """Inside, this process and those that it starts keep what they make in there; then it goes."""
    before, own = os.environ.get("CINEFUSE_CACHE"), folder / "cache"
    os.environ["CINEFUSE_CACHE"] = str(own)
    try:
        yield
    finally:
        shutil.rmtree(own, ignore_errors=True)
        if before is None:
            del os.environ["CINEFUSE_CACHE"]
        else:
            os.environ["CINEFUSE_CACHE"] = before
