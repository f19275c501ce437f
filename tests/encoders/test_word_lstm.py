"""The LSTM's steps by hand give what torch's give."""

import pytest
import torch

from cinefuse.encoders.word_lstm import WordLSTM


@pytest.mark.parametrize("lengths", [[3, 7, 1, 7, 2], [4], [5, 5], [1, 1]])
@pytest.mark.parametrize("layers", [1, 2])
def test_states_and_gradients_are_torchs(lengths, layers):
    torch.manual_seed(0)
    lstm = WordLSTM(6, 5, num_layers=layers, bidirectional=True, batch_first=True)
    direction, both = torch.randn(len(lengths), 8, 10), []
    for lstm.quick in (False, True):
        lstm.zero_grad()
        words = torch.linspace(-2, 2, len(lengths) * 48).sin().view(-1, 8, 6).requires_grad_()
        read = lstm.read(words, torch.tensor(lengths))
        (read * direction).sum().backward()
        both.append([read, words.grad, *(one.grad for one in lstm.parameters())])
    for torchs, ours in zip(*both, strict=True):
        torch.testing.assert_close(ours, torchs)
    assert not both[1][0][0, lengths[0] :].any(), "nothing behind a plot's end"


def test_bfloat16_is_no_further_off_than_torchs():
    torch.manual_seed(0)
    lstm, words = WordLSTM(16, 12, num_layers=2, bidirectional=True, batch_first=True), torch.randn(4, 9, 16)
    lengths = torch.tensor([9, 4, 7, 1])
    exact, off = lstm.read(words, lengths), []
    for lstm.quick in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            off.append((lstm.read(words, lengths) - exact).norm())
    assert 0 < off[1] < 1.2 * off[0] < 0.1 * exact.norm()


def test_layers_drop_in_training_alone():
    torch.manual_seed(0)
    lstm = WordLSTM(4, 3, num_layers=2, dropout=0.5, bidirectional=True, batch_first=True)
    words, lengths = torch.randn(2, 5, 4), torch.tensor([5, 3])
    assert not torch.equal(lstm.read(words, lengths), lstm.read(words, lengths))
    lstm.eval()
    assert torch.equal(lstm.read(words, lengths), lstm.read(words, lengths))
