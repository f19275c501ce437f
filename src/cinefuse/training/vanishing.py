"""Adam's memory of what is no longer learned, set to zero before it becomes a burden.

A weight behind a ReLU that is off, or of a word that is rare, has gradients of exactly zero. What Adam
remembers of earlier ones shrinks by a tenth at each step, and after 700 of them is below what float32 holds
at full precision (1e-38). There it stays, rounded up again each time, and a processor takes many times as
long for every such number: two thirds of the optimiser's time (docs/log.md).
"""

from typing import Any

import torch
from torch import Tensor

EVERY_STEPS = 100  # 0.9 ** 100 is 3e-5: nothing that is kept can come near 1e-38 before the next time
# beside Adam's epsilon (1e-8), which is added to the root of the latter, both are nothing
LEAST = {"exp_avg": 1e-24, "exp_avg_sq": 1e-32}


def forget_vanishing(optimizer: torch.optim.Optimizer) -> None:
    """Does so from now on, at every hundredth step: the same steps in a run that was resumed.

    Only for weights on a processor: elsewhere such numbers cost nothing, and asking for the step would.
    """
    optimizer.register_step_post_hook(_after_step)


@torch.no_grad()
def _after_step(optimizer: torch.optim.Optimizer, *_: Any) -> None:
    for weight, state in optimizer.state.items():
        if weight.device.type == "cpu" and int(state["step"]) % EVERY_STEPS == 0:
            for name, least in LEAST.items():
                memory: Tensor = state[name]
                memory.masked_fill_(memory.abs() < least, 0.0)
