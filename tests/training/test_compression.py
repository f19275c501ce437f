"""Encoders made smaller in training: weights that are 0 and stay so, and weights rounded as in an export."""

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModel, BertConfig, PreTrainedTokenizerFast
from transformers.trainer_callback import TrainerCallback

from cinefuse.bundle import load_bundle
from cinefuse.errors import SettingsError
from cinefuse.experiment import check, run
from cinefuse.export import ExportOptions, export_run
from cinefuse.features.plots import PlotSettings, fit_tokenizer
from cinefuse.inference import Predictor
from cinefuse.training import fitting
from cinefuse.training.matrices import encoder_matrices
from cinefuse.training.rounding import MOST, round_weights, rounded, rounded_matrices, rounded_weights

WIDTH = 64
MATRICES = 6 * 1  # of one layer of BERT: query, key, value, out and two that feed forward


@pytest.fixture(scope="module")
def encoder(tiny_corpus, tmp_path_factory):
    """A text encoder with matrices that are large enough, and its tokeniser."""
    folder = tmp_path_factory.mktemp("encoder")
    shape = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": WIDTH}
    torch.manual_seed(0)
    AutoModel.from_config(BertConfig(vocab_size=200, hidden_size=WIDTH, **shape)).save_pretrained(folder)
    tokenizer = fit_tokenizer([one.plot for one in tiny_corpus.split("train") if one.plot], PlotSettings())
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    return folder


@pytest.fixture
def train(encoder, tiny_corpus, tiny_settings, tmp_path):
    def make(*assignments, name="run", resume=False):
        given = (f"text_encoder={encoder}", "report_to=none", *assignments)
        if "text_freeze=all" not in assignments:
            given = (*given, "pretrained_learning_rate=0.001")
        directory = tmp_path / name
        run("bert-text", tiny_settings("bert-text", *given), tiny_corpus, directory, resume=resume)
        return directory

    return make


def matrices(directory):
    return encoder_matrices(load_bundle(directory).model, nn.Linear)


def pretrained(encoder):
    return {
        f"encoders.text.backbone.{name}": tensor
        for name, tensor in load_file(encoder / "model.safetensors").items()
    }


def test_the_smallest_weights_of_each_matrix_are_zero_and_stay_so(train, encoder):
    found, before = matrices(train("pruning=0.75")), pretrained(encoder)
    assert len(found) == MATRICES
    for name, weight in found.items():
        zeros = weight == 0
        assert int(zeros.sum()) == round(0.75 * weight.numel())
        # numpy's median of the upper half tells the quarter that is kept
        assert before[name][~zeros].abs().min() >= np.quantile(before[name].abs().numpy(), 0.75)
        assert not torch.equal(weight[~zeros], before[name][~zeros])  # and what is left is trained


def test_without_pruning_nothing_is_zero(train):
    assert all((weight != 0).all() for weight in matrices(train()).values())


def test_a_frozen_encoder_is_pruned_as_well(train, encoder):
    found, before = matrices(train("pruning=0.5", "text_freeze=all")), pretrained(encoder)
    for name, weight in found.items():
        kept = weight != 0
        assert int(kept.sum()) == weight.numel() // 2
        assert torch.equal(weight[kept], before[name][kept])


class BreakOff(TrainerCallback):
    """Breaks training off once the first epoch is on the disk."""

    def on_save(self, args, state, control, **_):
        raise KeyboardInterrupt


@pytest.mark.parametrize("setting", ["pruning=0.5", "quantisation_aware=true"])
def test_it_goes_on_where_it_was_broken_off(train, monkeypatch, setting):
    whole = matrices(train(setting, "schedule=constant", name="whole"))
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "Watch", lambda _: BreakOff())
        with pytest.raises(KeyboardInterrupt):
            train(setting, "schedule=constant", name="broken")
    again = matrices(train(setting, "schedule=constant", name="broken", resume=True))
    assert all(torch.equal(weight, again[name]) for name, weight in whole.items())
    if setting.startswith("pruning"):
        assert all(int((weight == 0).sum()) == weight.numel() // 2 for weight in again.values())


def test_averages_of_pruned_epochs_are_pruned(train):
    for weight in matrices(train("pruning=0.5", "averaging=swa", "swa_start=0")).values():
        assert int((weight == 0).sum()) == weight.numel() // 2


def test_rounding_is_to_multiples_of_a_scale_for_each_output():
    weight = torch.tensor([[1.0, -0.5, 0.0078], [0.0, 0.0, 0.0], [-4.0, 0.03, 3.0]])
    expected = [[1.0, -0.5, 0.0], [0.0, 0.0, 0.0], [-4.0, 0.0, 3.0]]  # steps of 1/64 and 4/64
    torch.testing.assert_close(rounded(weight), torch.tensor(expected))
    random = torch.randn(5, 40)
    steps = rounded(random) / (random.abs().amax(dim=1, keepdim=True) / MOST)
    torch.testing.assert_close(steps, steps.round(), atol=1e-4, rtol=0)
    assert int(steps.round().abs().max()) == MOST
    torch.testing.assert_close(rounded(rounded(random)), rounded(random))


def test_while_weights_are_rounded_gradients_are_for_those_behind(train):
    model = load_bundle(train()).model
    weight = next(iter(encoder_matrices(model, nn.Linear).values()))
    exact = weight.detach().clone()
    with rounded_weights(model):
        assert torch.equal(weight, rounded(exact))
        assert not torch.equal(weight, exact)
        (weight * weight).sum().backward()
    assert torch.equal(weight, exact)
    torch.testing.assert_close(weight.grad, 2 * rounded(exact))


def test_a_run_has_the_weights_that_it_was_trained_with(train, encoder):
    run_folder = train("quantisation_aware=true")
    plain, before = matrices(train(name="plain")), pretrained(encoder)
    for name, weight in matrices(run_folder).items():
        torch.testing.assert_close(weight, rounded(weight), atol=1e-7, rtol=1e-5)
        assert not torch.equal(plain[name], weight)
        assert (weight - before[name]).abs().max() > 1e-3  # the small steps were not lost in the rounding
        assert not torch.equal(rounded(plain[name]), weight)  # and it was trained so, not rounded at the end


def test_an_encoder_is_rounded_as_a_whole_or_frozen_as_a_whole(train):
    model = load_bundle(train()).model
    first, *others = encoder_matrices(model, nn.Linear).values()
    first.requires_grad_(False)  # below others that are trained
    assert {id(one) for one in rounded_matrices(model)} == {id(first), *map(id, others)}
    model.requires_grad_(False)
    before = {name: weight.clone() for name, weight in encoder_matrices(model, nn.Linear).items()}
    round_weights(model)
    assert all(
        torch.equal(before[name], weight) for name, weight in encoder_matrices(model, nn.Linear).items()
    )


def test_an_export_changes_none_of_its_matrices(train, tiny_corpus, tmp_path):
    run_folder = train("quantisation_aware=true")
    export_run(run_folder, tmp_path / "export", tiny_corpus, ExportOptions(split="test"))
    stored = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load(tmp_path / "export" / "model.int8.onnx").graph.initializer
    }
    products = {
        tuple((stored[name] * stored[name.replace(".int8", ".scales")]).T.ravel().round(4))
        for name in stored
        if name.endswith(".int8") and stored[name].shape == (WIDTH, WIDTH)
    }
    own = {tuple(weight.detach().numpy().ravel().round(4)) for weight in matrices(run_folder).values()}
    assert len(own) == MATRICES
    assert own <= products


def test_a_soup_of_epochs_is_chosen_by_rounded_weights(train, monkeypatch):
    scored = []

    def watched(model, *given, **named):
        scored.append([weight.detach().clone() for weight in rounded_matrices(model)])
        return real(model, *given, **named)

    real = fitting.score_table
    monkeypatch.setattr(fitting, "score_table", watched)
    found = matrices(train("quantisation_aware=true", "averaging=soup", "learning_rate=1e-3"))
    assert len(scored) >= 2
    for weights in [*scored, found.values()]:
        for weight in weights:
            torch.testing.assert_close(weight, rounded(weight), atol=1e-7, rtol=1e-5)


def test_what_has_nothing_that_could_be_rounded_is_refused(tiny_settings, tiny_corpus, tmp_path):
    settings = tiny_settings("resnet-vision", "quantisation_aware=true")  # convolutions alone
    for refuse in (lambda: check(settings, tiny_corpus), lambda: run("it", settings, tiny_corpus, tmp_path)):
        with pytest.raises(
            SettingsError, match="quantisation_aware=True: no encoder of this model has what it"
        ):
            refuse()


def test_a_pruned_run_predicts(train, tiny_corpus):
    predictor = Predictor.load(train("pruning=0.9", "quantisation_aware=true"))
    assert len(predictor.predict(list(tiny_corpus.split("test")))) == 15


@pytest.mark.parametrize(
    ("recipe", "setting", "needed"),
    [
        ("lstm-text", "pruning=0.5", "text=transformer"),
        ("bert-text", "quantisation_aware=true text_freeze=all", "text_freeze other than all"),
    ],
)
def test_it_is_refused_where_it_would_change_nothing(tiny_settings, recipe, setting, needed):
    with pytest.raises(SettingsError, match=f"{setting.partition('=')[0]} would change nothing.*{needed}"):
        tiny_settings(recipe, *setting.split())
