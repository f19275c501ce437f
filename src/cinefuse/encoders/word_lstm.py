"""The LSTM over words of different numbers: as it is trained, and as ONNX runs it."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from cinefuse.encoders.dropout import drop
from cinefuse.encoders.recurrence import recur


class WordLSTM(nn.LSTM):
    """torch's bidirectional LSTM that reads each plot to its own end, and from there back.

    Attributes:
        quick: on a processor, by `recur`. False for torch's own way, which `cinefuse bench` measures
            against.
    """

    quick = True

    def read(self, words: Tensor, lengths: Tensor) -> Tensor:
        """(B, L, D) words of which (B,) count -> (B, L, 2 * width), zero after the last."""
        packed = pack_padded_sequence(words, lengths.cpu(), batch_first=True, enforce_sorted=False)
        by_hand = self.quick and words.device.type == "cpu"
        read = self._read(packed, lengths) if by_hand else self(packed)[0]
        tokens, _ = pad_packed_sequence(read, batch_first=True, total_length=words.shape[1])
        return tokens

    def _read(self, packed: PackedSequence, lengths: Tensor) -> PackedSequence:
        """What `forward` returns first, by `recur`."""
        back = _turned(packed, lengths)
        sizes: list[int] = packed.batch_sizes.tolist()
        # (N, D), all first words first
        words = packed.data
        for layer in range(self.num_layers):
            if layer and self.training:
                words = drop(words, self.dropout)
            enter, again = self._both("weight_ih", layer), self._both("weight_hh", layer)
            bias = self._both("bias_ih", layer) + self._both("bias_hh", layer)
            both_ways = torch.stack([words, words.index_select(0, back)])
            # to both (2, N, D) the weights (2, D, 4 * width), and the bias, the same for every word
            gates = torch.baddbmm(bias[:, None], both_ways, enter.transpose(1, 2))
            states = recur(gates, again.to(gates.dtype), sizes)
            words = torch.cat([states[0], states[1].index_select(0, back)], dim=1)
        return packed._replace(data=words)

    def _both(self, kind: str, layer: int) -> Tensor:
        """A weight of the layer, a row a direction."""
        return torch.stack([getattr(self, f"{kind}_l{layer}{direction}") for direction in ("", "_reverse")])

    def exportable(self) -> "OnnxLSTM":
        """The same, in what an ONNX graph can hold: torch's packed sequences are no tensors."""
        return OnnxLSTM(self)


class OnnxLSTM(nn.Module):
    """The same layers as ONNX's own LSTM; it reads nothing outside of an export."""

    def __init__(self, lstm: WordLSTM) -> None:
        super().__init__()
        self.width, self.n_layers = lstm.hidden_size, lstm.num_layers
        directions = ("", "_reverse") if lstm.bidirectional else ("",)
        self.direction = "bidirectional" if lstm.bidirectional else "forward"
        for layer in range(lstm.num_layers):
            # a row a direction: (directions, 4 * width, D or width), and biases (directions, 8 * width)
            for kind in ("weight_ih", "weight_hh"):
                rows = [_onnx_order(getattr(lstm, f"{kind}_l{layer}{direction}")) for direction in directions]
                self.register_buffer(f"{kind}_{layer}", torch.stack(rows))
            biases = [
                torch.cat(
                    [
                        _onnx_order(getattr(lstm, f"{kind}_l{layer}{direction}"))
                        for kind in ("bias_ih", "bias_hh")
                    ]
                )
                for direction in directions
            ]
            self.register_buffer(f"bias_{layer}", torch.stack(biases))

    def read(self, words: Tensor, lengths: Tensor) -> Tensor:
        """See `WordLSTM.read`."""
        # (B, L, D) -> (L, B, D)
        read = words.transpose(0, 1)
        for layer in range(self.n_layers):
            weights = [getattr(self, f"{name}_{layer}") for name in ("weight_ih", "weight_hh", "bias")]
            n_directions = weights[0].shape[0]
            length, batch = read.shape[0], read.shape[1]
            both: Tensor = torch.onnx.ops.symbolic(
                "LSTM",
                (read, *weights, lengths.to(torch.int32)),
                {"hidden_size": self.width, "direction": self.direction},
                dtype=read.dtype,
                shape=(length, n_directions, batch, self.width),
            )
            # (L, directions, B, width) -> (L, B, directions * width)
            read = both.transpose(1, 2).flatten(2)
        return read.transpose(0, 1)


def _onnx_order(weights: Tensor) -> Tensor:
    """Rows of the four gates from torch's order (input, forget, cell, output) to ONNX's."""
    enter, forget, cell, leave = weights.detach().chunk(4)
    return torch.cat([enter, leave, forget, cell])


def _turned(packed: PackedSequence, lengths: Tensor) -> Tensor:
    """(N,) for each word of the batch the row of the one that is as far from its plot's other end."""
    sizes = packed.batch_sizes
    starts = sizes.cumsum(0) - sizes
    step = torch.arange(len(sizes)).repeat_interleave(sizes)
    plot = torch.arange(len(step)) - starts[step]
    longest_first = lengths[packed.sorted_indices]
    return starts[longest_first[plot] - 1 - step] + plot
