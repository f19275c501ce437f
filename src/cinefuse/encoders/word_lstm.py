"""The LSTM over words of different numbers: as torch trains it, and as ONNX runs it."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class WordLSTM(nn.LSTM):
    """torch's LSTM that reads each plot to its own end, and from there back."""

    def read(self, words: Tensor, lengths: Tensor) -> Tensor:
        """(B, L, D) words of which (B,) count -> (B, L, directions * width), zero after the last."""
        packed = pack_padded_sequence(words, lengths.cpu(), batch_first=True, enforce_sorted=False)
        tokens, _ = pad_packed_sequence(self(packed)[0], batch_first=True, total_length=words.shape[1])
        return tokens

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
