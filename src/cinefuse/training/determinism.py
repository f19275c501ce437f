"""The same seed on the same machine gives the same numbers."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import set_seed


@contextmanager
def seeded(seed: int, *, deterministic: bool) -> Iterator[None]:
    """Seeds Python, NumPy and torch; inside, torch takes its deterministic algorithms where it has them."""
    set_seed(seed)
    if not deterministic:
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    benchmark = torch.backends.cudnn.benchmark
    new_memory: Any = torch.utils.deterministic
    filled = new_memory.fill_uninitialized_memory
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS reads it at its first use
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    # it writes every new tensor once more, to show reads of what nobody wrote: there are none
    new_memory.fill_uninitialized_memory = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation.*")
            yield
    finally:
        torch.use_deterministic_algorithms(mode=before)
        torch.backends.cudnn.benchmark = benchmark
        new_memory.fill_uninitialized_memory = filled
