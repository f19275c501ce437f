"""Settings that cannot be together, whatever else is set."""

from typing import Any

from cinefuse.encoders import ENCODERS
from cinefuse.fusion import FUSIONS, GRAPHS
from cinefuse.heads import HEADS
from cinefuse.recipes.recipe import Settings
from cinefuse.registry import Registry, unknown_name
from cinefuse.training.losses import LOSSES

# setting -> the names that it may take
_REGISTERED: dict[str, Registry[Any]] = {
    "text": ENCODERS,
    "vision": ENCODERS,
    "fusion": FUSIONS,
    "graph": GRAPHS,
    "head": HEADS,
    "loss": LOSSES,
}

# tracker -> its package, and transformers' name for it, where those are not the tracker's own
_TRACKER_PACKAGES = {
    "azure_ml": ("azureml-sdk", "azureml"),
    "comet_ml": ("comet-ml", "comet"),
    "flyte": ("flytekit", "flytekit"),
}


def unregistered(settings: Settings) -> list[str]:
    """Names of parts that nobody registered."""
    return [
        f"{setting}: {unknown_name(registry.kind, name, list(registry))}"
        for setting, registry in _REGISTERED.items()
        if (name := getattr(settings, setting)) is not None and name not in registry
    ]


def contradictions(settings: Settings) -> list[str]:
    """Settings that do not go together, a line each."""
    faults = []
    read = [modality for modality in ("text", "vision") if getattr(settings, modality)]
    if not read:
        faults.append("text and vision are both none; a model reads at least one")
    if (settings.fusion == "single") == (len(read) == 2):
        faults.append(
            f"fusion={settings.fusion} with {len(read)} modalities; 'single' takes one, the others two"
        )
    faults += _heads_apart(settings) + _graphs_apart(settings) + _unlearnable(settings, read)
    faults += _useless_trackers(settings.report_to)
    if settings.fold is not None and settings.teacher is not None:
        faults.append(
            f"fold={settings.fold} with teacher={settings.teacher}: it may have learned from the films "
            "that are left out; allowed is one of the two"
        )
    for modality in read:
        name = getattr(settings, modality)
        if name in ENCODERS and ENCODERS[name].modality != modality:
            faults.append(f"{modality}={name}: that encoder reads {ENCODERS[name].modality}")
    return faults + _layers_missing(settings)


def _heads_apart(settings: Settings) -> list[str]:
    """A head that cannot stand on the fusion, or has nothing to read there."""
    if settings.head == "linear" or settings.fusion not in FUSIONS or settings.head not in HEADS:
        return []
    fusion = FUSIONS[settings.fusion]
    if not fusion.takes_heads:
        why = "has heads of its own"
    elif HEADS[settings.head].reads_tokens and fusion.runs:
        why = f"leaves no {fusion.runs} tokens to read: it runs the encoder's layers itself"
    else:
        return []
    return [f"head={settings.head}: fusion={settings.fusion} {why}; allowed there is head=linear"]


def _graphs_apart(settings: Settings) -> list[str]:
    """A graph on a fusion that leaves it nothing to add to, or whose nodes would be of no one epoch."""
    if settings.graph is None or settings.graph not in GRAPHS or settings.fusion not in FUSIONS:
        return []
    faults = []
    if not FUSIONS[settings.fusion].takes_heads:
        faults.append(
            f"graph={settings.graph}: what fusion={settings.fusion} makes are logits already; "
            "allowed there is graph=none"
        )
    if settings.averaging != "none" and GRAPHS[settings.graph].remembers:
        faults.append(
            f"averaging={settings.averaging} with graph={settings.graph}: what it remembers of the training "
            "films belongs to one epoch; allowed is averaging=none"
        )
    return faults


def _layers_missing(settings: Settings) -> list[str]:
    """A fusion that runs an encoder's layers, and an encoder that has none to run."""
    runs = FUSIONS[settings.fusion].runs if settings.fusion in FUSIONS else None
    name: str = getattr(settings, runs or "text")
    if runs is None or name not in ENCODERS or ENCODERS[name].hands_over:
        return []
    able = " or ".join(other for other in ENCODERS if ENCODERS[other].hands_over)
    fault = (
        f"fusion={settings.fusion} runs the {runs} encoder's own layers, and {runs}={name} has none to run"
    )
    return [f"{fault}; allowed is {runs}={able}"]


def _unlearnable(settings: Settings, read: list[str]) -> list[str]:
    """What scikit-learn's classifiers cannot be fitted to."""
    learner = settings.learner
    if learner == "gradient":
        return []
    faults = [
        f"{modality}={name} with learner={learner}: it fits heads alone, and that encoder is trained; "
        f"allowed are {', '.join(one for one in ENCODERS if not ENCODERS[one].learns)}, or learner=gradient"
        for modality in read
        if (name := getattr(settings, modality)) in ENCODERS and ENCODERS[name].learns
    ]
    if settings.fusion not in {"single", "late"}:
        faults.append(f"fusion={settings.fusion} with learner={learner}: allowed are single and late")
    if learner == "bayes" and settings.vision is not None:
        faults.append(f"vision={settings.vision} with learner=bayes: it counts terms, and reads plots alone")
    if settings.graph is not None:
        faults.append(f"graph={settings.graph} with learner={learner}: it is trained; allowed is graph=none")
    if settings.head != "linear":
        faults.append(f"head={settings.head} with learner={learner}: its heads are linear")
    if settings.head_width is not None:
        faults.append(f"head_width={settings.head_width} with learner={learner}: its heads are linear: none")
    return faults


def _useless_trackers(report_to: str) -> list[str]:
    """Those that transformers does not know, or whose package is not there; event files are our own."""
    if report_to in {"none", "all"}:
        return []
    from transformers.integrations import integration_utils as trackers

    known = list(trackers.INTEGRATION_TO_CALLBACK)
    faults = []
    for name in report_to.split(","):
        package, check = _TRACKER_PACKAGES.get(name, (name, name))
        if name not in known:
            faults.append(f"report_to: {unknown_name('tracker', name, ['none', 'all', *sorted(known)])}")
        elif name != "tensorboard" and not getattr(trackers, f"is_{check}_available")():
            faults.append(f"report_to={name}: it cannot be used here; run: pip install {package}")
    return faults
