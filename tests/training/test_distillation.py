"""Learning from a teacher: the loss by hand and against torch's; runs that remember their teacher."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from cinefuse.corpus.movie import Movie
from cinefuse.ensembles.members import digest_of
from cinefuse.errors import RunError, SettingsError
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.training.distillation import ask, distilled, open_teacher, teaching_loss


def plain(logits, genres):
    return binary_cross_entropy_with_logits(logits, genres)


def test_the_teachers_part_by_hand():
    # odds 9 at temperature 2 are odds 3: 0.75; the student's logit 0 stays 0, its loss log 2, times 4
    found = teaching_loss(torch.tensor([[0.0]]), torch.tensor([[0.9]]), 2.0)
    assert found.item() == pytest.approx(4 * math.log(2))
    # at logit 2 log 3 the student is at odds 3 too: the least loss there is, the entropy of 0.75
    least = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    found = teaching_loss(torch.tensor([[2 * math.log(3)]]), torch.tensor([[0.9]]), 2.0)
    assert found.item() == pytest.approx(4 * least)


def test_at_temperature_one_it_is_torchs_cross_entropy_to_the_teachers_probabilities():
    torch.manual_seed(0)
    logits, taught = torch.randn(5, 3), torch.rand(5, 3) * 0.98 + 0.01
    expected = binary_cross_entropy(torch.sigmoid(logits), taught)
    torch.testing.assert_close(teaching_loss(logits, taught, 1.0), expected)


def test_gradients_vanish_where_student_and_teacher_agree():
    taught = torch.tensor([[0.2, 0.7]])
    logits = torch.logit(taught).requires_grad_()
    teaching_loss(logits, taught, 3.0).backward()
    torch.testing.assert_close(logits.grad, torch.zeros(1, 2), atol=1e-6, rtol=0)


def test_a_certain_teacher_stays_finite():
    logits = torch.zeros(1, 2, requires_grad=True)
    loss = teaching_loss(logits, torch.tensor([[0.0, 1.0]]), 1.0)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


def test_films_that_the_teacher_cannot_read_count_by_their_genres_alone():
    torch.manual_seed(0)
    logits, genres = torch.randn(4, 2), torch.randint(0, 2, (4, 2)).float()
    taught = torch.rand(4, 2)
    taught[3] = math.nan
    given = {"weight": 0.3, "temperature": 2.0}
    per_film = [
        0.7 * plain(logits[row], genres[row]) + 0.3 * teaching_loss(logits[[row]], taught[[row]], 2.0)
        for row in range(3)
    ]
    expected = torch.stack([*per_film, plain(logits[3], genres[3])]).mean()
    torch.testing.assert_close(distilled(plain, logits, genres, taught, **given), expected)
    untaught = torch.full_like(taught, math.nan)
    torch.testing.assert_close(distilled(plain, logits, genres, untaught, **given), plain(logits, genres))
    alone = distilled(plain, logits[:3], genres[:3], taught[:3], weight=1.0, temperature=2.0)
    torch.testing.assert_close(alone, teaching_loss(logits[:3], taught[:3], 2.0))


def test_the_teacher_is_asked_for_calibrated_probabilities(tiny_run, tiny_corpus):
    movies = [*tiny_corpus.split("train")[:3], Movie("bare", None, None)]
    state = torch.get_rng_state()
    taught = ask(open_teacher(tiny_run, tiny_corpus.genres), movies, None)
    assert torch.equal(torch.get_rng_state(), state)
    expected = Predictor.load(tiny_run).probabilities(movies[:3])
    np.testing.assert_allclose(taught[:3], expected, atol=1e-6)
    assert taught[3].isnan().all()


def test_a_student_learns_what_its_teacher_says(tiny_run, tiny_corpus, tiny_settings, tmp_path):
    """With the films' own genres turned round and no say, it agrees with the teacher all the same."""
    wrong = [
        replace(movie, genres=tuple(one for one in tiny_corpus.genres if one not in movie.genres))
        for movie in tiny_corpus.split("train")
    ]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": wrong})
    teaching = (f"teacher={tiny_run}", "distillation_weight=1.0", "calibration=none")
    settings = tiny_settings("bert-text", *teaching, "max_epochs=12")
    run("bert-text", settings, corpus, tmp_path / "student")
    movies = list(tiny_corpus.split("train"))[:-2]
    student = Predictor.load(tmp_path / "student").probabilities(movies)
    teacher = Predictor.load(tiny_run).probabilities(movies)
    assert np.corrcoef(student.ravel(), teacher.ravel())[0, 1] > 0.5


@pytest.mark.parametrize("teacher", ["run", "ensemble"])
def test_a_run_remembers_its_teacher_and_goes_on_with_no_other(
    teacher, tiny_run, three_runs, combined, tiny_corpus, tiny_settings, tmp_path
):
    source = tiny_run if teacher == "run" else combined
    folder = shutil.copytree(source, tmp_path / "teacher")
    settings = tiny_settings("lstm-text", f"teacher={folder}", "max_epochs=1")
    run("lstm-text", settings, tiny_corpus, tmp_path / "student")
    started = json.loads((tmp_path / "student" / "run.json").read_text())
    assert started["teacher"] == digest_of(source)
    run("lstm-text", settings, tiny_corpus, tmp_path / "student", resume=True)
    shutil.rmtree(folder)
    shutil.copytree(three_runs[0], folder)
    with pytest.raises(RunError, match=r"teacher \(by its files' digest\): started with .*, now"):
        run("lstm-text", settings, tiny_corpus, tmp_path / "student", resume=True)


def test_unpaired_films_are_learned_from_with_a_teacher_that_reads_plots(
    three_runs, tiny_corpus, tiny_settings, tmp_path
):
    posters = [replace(movie, id=f"u{movie.id}", plot=None) for movie in tiny_corpus.split("test")[:9]]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "unpaired": posters})
    settings = tiny_settings("late-fusion", f"teacher={three_runs[0]}", "unpaired=true", "max_epochs=1")
    record = run("late-fusion", settings, corpus, tmp_path / "student")
    assert record.trained_on["movies"] == 45


def test_a_teacher_that_is_none_is_refused(tiny_run, tiny_corpus, tiny_settings, tmp_path):
    turned = replace(tiny_corpus, genres=tiny_corpus.genres[::-1])
    with pytest.raises(
        RunError, match="its genres are Drama, Comedy, Horror, and here are Horror, Comedy, Drama"
    ):
        run("lstm-text", tiny_settings("lstm-text", f"teacher={tiny_run}"), turned, tmp_path / "turned")
    with pytest.raises(RunError, match="there is no such folder; allowed is a run's or an ensemble's"):
        run("lstm-text", tiny_settings("lstm-text", "teacher=nowhere"), tiny_corpus, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="not a finished run"):
        run(
            "lstm-text",
            tiny_settings("lstm-text", f"teacher={tmp_path / 'empty'}"),
            tiny_corpus,
            tmp_path / "x",
        )
    with pytest.raises(
        SettingsError, match="distillation_weight would change nothing: it belongs to teacher=any"
    ):
        tiny_settings("lstm-text", "distillation_weight=0.2")
