"""Names on the command line: who made the film."""

import json

import pytest

from cinefuse import Movie, Predictor
from cinefuse.experiment import run as train

PLOT = ("--plot", "a cellar and a storm")
NAMES = ("--director", "Horror director 0", "--cast", "Horror star, Nobody Known")


@pytest.fixture(scope="module")
def people_run(tiny_settings, people_corpus, tmp_path_factory):
    directory = tmp_path_factory.mktemp("people") / "knowledge-graph"
    # weights zero at first add nothing: a high rate moves them far enough to be seen
    quickly = ("max_epochs=1", "learning_rate=0.02", "batch_size=4", "warmup=0", "schedule=constant")
    train("knowledge-graph", tiny_settings("knowledge-graph", *quickly), people_corpus, directory)
    return directory


def test_predict_reads_names(invoke, people_run, tmp_path):
    told = {}
    for which, names in (("with", NAMES), ("without", ())):
        path = tmp_path / f"{which}.json"
        code, _, err = invoke("predict", people_run, *PLOT, *names, "--json", path)
        assert code == 0
        told[which] = json.loads(path.read_text())["probabilities"]
        assert ("learned from was made by Nobody Known: that changes nothing" in err) == bool(names)
        assert ("--director NAME and --cast NAMES" in err) == (not names)
    film = Movie("", PLOT[1], director=(NAMES[1],), cast=("Horror star", "Nobody Known"))
    (here,) = Predictor.load(people_run).predict([film])
    assert told["with"] == pytest.approx(here.probabilities, abs=1e-6)
    assert told["with"] != pytest.approx(told["without"], abs=1e-4)


def test_explain_reads_names(invoke, people_run, tmp_path):
    told = {}
    for which, names in (("with", NAMES), ("without", ())):
        path = tmp_path / f"{which}.json"
        code, _, err = invoke("explain", people_run, *PLOT, *names, "--genre", "Horror", "--json", path)
        assert code == 0, err
        told[which] = json.loads(path.read_text())["probability"]
    assert told["with"] != pytest.approx(told["without"], abs=1e-4)


def test_names_are_told_to_change_nothing_where_nobody_is_known(invoke, tiny_run):
    code, _, err = invoke("predict", tiny_run, *PLOT, *NAMES)
    assert code == 0
    assert "this model knows no people: --director and --cast change nothing" in err


def test_names_alone_are_no_film(invoke, people_run):
    code, _, err = invoke("predict", people_run, *NAMES)
    assert code == 2
    assert "neither --plot nor --poster says anything" in err
