"""What `import cinefuse` offers is a list, and the list is right."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import cinefuse

ROOT = Path(cinefuse.__file__).parents[2]


def test_every_public_name_is_there_and_documented():
    assert list(cinefuse.__all__) == sorted(cinefuse.__all__)
    for name in set(cinefuse.__all__) - {"__version__"}:
        assert inspect.getdoc(getattr(cinefuse, name)), name
    assert set(cinefuse._HOMES) | {"__version__"} == set(cinefuse.__all__)


def test_an_import_is_quick_and_changes_nothing():
    lines = (
        "import os, sys, warnings; before = dict(os.environ), list(warnings.filters)",
        "import cinefuse",
        "assert (dict(os.environ), list(warnings.filters)) == before",
        "print([name for name in ('torch', 'transformers', 'numpy', 'pydantic') if name in sys.modules])",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_corpus_metrics_results_and_reports_do_not_load_torch():
    modules = (
        "corpus.corpus",
        "corpus.store",
        "corpus.audit",
        "metrics.uncertainty",
        "results",
        "reports.page",
        "prediction",
        "features.posters",
        "features.plots",
        "exported",
        "runtimes",
        "tagging",
        "serving.app",
    )
    lines = [f"import cinefuse.{module}" for module in modules]
    lines += ["import sys", "print('torch' in sys.modules)"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_version_is_the_changelogs():
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == cinefuse.__version__
