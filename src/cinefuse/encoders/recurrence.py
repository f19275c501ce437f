"""An LSTM layer's steps in time for plots of different lengths, both directions at once, on a processor.

torch's own steps through a packed batch remember every step by itself, and its backward pass adds the whole
weight matrix's gradient up once a step: three quarters of an epoch (docs/log.md). Here all that does not wait
for the step before is done for all steps in one product: the input's share of the gates before the loop, the
weights' gradient after it.

Rows are those of a `PackedSequence`: all first words, then all second ones, the longest plot first in each.

    N  words of all plots       S  plots that have a word at that step       R  directions       W  width
"""

from itertools import accumulate
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def recur(gates: Tensor, weights: Tensor, sizes: list[int]) -> Tensor:
    """The states (R, N, W) after each word.

    Args:
        gates: (R, N, 4 * W), what the words and the bias give to them, in torch's order: input, forget, cell,
            output.
        weights: (R, 4 * W, W), with which the state before gives its share; in the dtype of the gates.
        sizes: S of each step.
    """
    states: Tensor = _Recurrence.apply(gates, weights, sizes)  # type: ignore[no-untyped-call]
    return states


class _Recurrence(Function):
    """See `recur`; the cell is kept in float32 whatever the gates are in."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, weights: Tensor, sizes: list[int]) -> Tensor:
        """Step by step from the first word."""
        width = weights.shape[2]
        states = gates.new_empty(*gates.shape[:2], width)
        cells, opened = (torch.empty_like(like, dtype=torch.float32) for like in (states, gates))
        turned = weights.transpose(1, 2).contiguous()
        state, cell = torch.zeros_like(states[:, : sizes[0]]), torch.zeros_like(cells[:, : sizes[0]])
        for here, size in _steps(sizes):
            now = torch.add(gates[:, here], torch.bmm(state[:, :size], turned), out=opened[:, here])
            now[..., : 2 * width].sigmoid_()
            enter, forget, candidate, leave = now.chunk(4, dim=2)
            candidate.tanh_()
            leave.sigmoid_()
            cell = torch.addcmul(enter * candidate, forget, cell[:, :size], out=cells[:, here])
            state = torch.mul(leave, cell.tanh(), out=states[:, here])
        ctx.save_for_backward(weights, opened, cells, states)
        ctx.sizes = sizes
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        """Step by step from the last word."""
        weights, opened, cells, states = ctx.saved_tensors
        sizes: list[int] = ctx.sizes
        enter, forget, candidate, leave = opened.chunk(4, dim=2)
        squeezed = cells.tanh()
        to_cell = leave * (1 - squeezed**2)
        # what the input of each of the first three gates does to the cell, and that of the last to the state
        slopes = torch.stack(
            [
                candidate * enter * (1 - enter),
                _a_step_before(cells, sizes) * forget * (1 - forget),
                enter * (1 - candidate**2),
                squeezed * leave * (1 - leave),
            ],
            dim=2,
        )
        found = torch.empty_like(slopes, dtype=states.dtype)
        gradient = gradient.float()
        state, cell = torch.zeros_like(gradient[:, : sizes[0]]), torch.zeros_like(gradient[:, : sizes[0]])
        for here, size in reversed(_steps(sizes)):
            own_state = state[:, :size].add_(gradient[:, here])
            own_cell = cell[:, :size].addcmul_(own_state, to_cell[:, here])
            now = found[:, here]
            torch.mul(slopes[:, here, :3], own_cell[:, :, None], out=now[:, :, :3])
            torch.mul(slopes[:, here, 3], own_state, out=now[:, :, 3])
            own_cell.mul_(forget[:, here])
            own_state.copy_(torch.bmm(now.flatten(2), weights))
        found = found.flatten(2)
        # (R, 4 * W, N) @ (R, N, W) -> (R, 4 * W, W)
        return found, found.transpose(1, 2) @ _a_step_before(states, sizes), None


def _steps(sizes: list[int]) -> list[tuple[slice, int]]:
    """Each step's rows and their number."""
    ends = accumulate(sizes)
    return [(slice(end - size, end), size) for end, size in zip(ends, sizes, strict=True)]


def _a_step_before(rows: Tensor, sizes: list[int]) -> Tensor:
    """Each word's row of (R, N, W) as it was a step before; zero at the first."""
    sizes_before, sizes_now = (torch.tensor(part, dtype=torch.int64) for part in (sizes[:-1], sizes[1:]))
    step = sizes_before.repeat_interleave(sizes_now)
    earlier = torch.arange(sizes[0], rows.shape[1]) - step
    return torch.cat([torch.zeros_like(rows[:, : sizes[0]]), rows.index_select(1, earlier)], dim=1)
