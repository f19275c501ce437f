"""What Adam remembers of weights that are no longer learned ends at zero, and no weight notices."""

from types import SimpleNamespace

import pytest
import torch

from cinefuse.training import freed_memory
from cinefuse.training.vanishing import EVERY_STEPS, forget_vanishing

SMALLEST_WHOLE = torch.finfo(torch.float32).smallest_normal


@pytest.mark.parametrize("forgets", [True, False])
def test_memory_of_a_weight_without_gradient_ends_at_zero(forgets):
    weight = torch.nn.Parameter(torch.tensor([0.5, 0.5]))
    optimizer = torch.optim.AdamW([weight], lr=1e-3, fused=True)
    if forgets:
        forget_vanishing(optimizer)
    for step in range(9 * EVERY_STEPS):
        weight.grad = torch.tensor([1.0, 1e-3 if step == 0 else 0.0])
        optimizer.step()
    alive, vanished = optimizer.state[weight]["exp_avg"].tolist()
    assert alive == pytest.approx(1.0, abs=1e-3)
    assert (vanished == 0) is forgets
    assert forgets or 0 < vanished < SMALLEST_WHOLE, "without it, the burden is there"


def test_no_weight_notices():
    ends = []
    for forgets in (True, False):
        torch.manual_seed(0)
        weight = torch.nn.Parameter(torch.randn(50))
        optimizer = torch.optim.AdamW([weight], lr=1e-3, fused=True)
        if forgets:
            forget_vanishing(optimizer)
        for step in range(5 * EVERY_STEPS):
            weight.grad = torch.randn(50) * (torch.arange(50) >= step / 4)
            optimizer.step()
        ends.append(weight.detach())
    torch.testing.assert_close(*ends, rtol=0, atol=1e-9)


def test_freed_memory_is_kept_inside_and_handed_back(monkeypatch):
    said = []
    library = SimpleNamespace(mallopt=lambda *given: said.append(given), malloc_trim=said.append)
    monkeypatch.setattr(freed_memory, "_glibc", lambda: library)
    with freed_memory.freed_memory_kept():
        assert said == [0, (-1, 2**30), (-3, 2**25)]
    assert said[3:] == [(-1, 2**26), 0]
