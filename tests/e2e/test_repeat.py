"""The same seed, twice: every table to the last byte, but for the one that holds times."""

from cinefuse.comparison import compare
from cinefuse.reports.page import write_report

MODELS = ("lstm-text", "cnn-vision", "attention-fusion")


def test_two_comparisons_with_the_same_seed_have_the_same_tables(tiny_corpus, tiny_settings, tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        models = {name: tiny_settings(name, "max_epochs=1") for name in MODELS}
        compare(models, tiny_corpus, folder, seeds=2)
        write_report(folder)
    tables = sorted(path.name for path in (folders[0] / "tables").iterdir())
    assert len(tables) > 40
    assert tables == sorted(path.name for path in (folders[1] / "tables").iterdir())
    differing = [
        name
        for name in tables
        if (folders[0] / "tables" / name).read_bytes() != (folders[1] / "tables" / name).read_bytes()
    ]
    assert set(differing) <= {"timing.csv", "timing.md"}
    figures = sorted((folders[0] / "figures").iterdir())
    assert figures
    for figure in figures:
        assert figure.read_bytes() == (folders[1] / "figures" / figure.name).read_bytes(), figure.name
