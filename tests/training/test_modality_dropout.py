"""Modality dropout: a share of the movies with both parts loses one, and nobody loses both."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.training.modality_dropout import drop_modalities

BOTH = {"has_plot": torch.ones(4000, dtype=torch.bool), "has_poster": torch.ones(4000, dtype=torch.bool)}


def test_each_part_goes_as_often_and_never_both():
    torch.manual_seed(0)
    dropped = drop_modalities(dict(BOTH), 0.4)
    for name in BOTH:
        lost = int((~dropped[name]).sum())
        assert binomtest(lost, 4000, 0.2).pvalue > 1e-3, name
    assert torch.all(dropped["has_plot"] | dropped["has_poster"])


def test_a_movie_that_lacks_a_part_keeps_the_other():
    torch.manual_seed(0)
    bare = {"has_plot": BOTH["has_plot"], "has_poster": ~BOTH["has_poster"]}
    assert torch.all(drop_modalities(bare, 0.9)["has_plot"])


@pytest.mark.parametrize(("tensors", "share"), [(BOTH, 0.0), ({"has_plot": BOTH["has_plot"]}, 0.5)])
def test_without_it_nothing_is_drawn(tensors, share):
    before = torch.get_rng_state()
    assert drop_modalities(tensors, share) is tensors
    assert torch.equal(before, torch.get_rng_state())


def test_stand_ins_are_learned_with_it_alone(tmp_path, tiny_corpus, tiny_settings):
    whole = {name: movies[:-2] for name, movies in tiny_corpus.splits.items()}
    corpus, learned = replace(tiny_corpus, splits=whole), {}
    for share in (0.0, 0.5):
        run(
            "early-fusion",
            tiny_settings("early-fusion", f"modality_dropout={share}"),
            corpus,
            tmp_path / str(share),
        )
        model = Predictor.load(tmp_path / str(share)).bundle.model
        learned[share] = [float(one.absent.detach().abs().max()) for one in model.encoders.values()]
    assert learned[0.0] == [0.0, 0.0]
    assert np.min(learned[0.5]) > 0
