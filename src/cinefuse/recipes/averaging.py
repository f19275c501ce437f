"""Settings whose trainings, each without another part of the films, end in weights that can be averaged."""

from cinefuse.encoders.backbone import learns_words
from cinefuse.errors import SettingsError
from cinefuse.fusion import GRAPHS
from cinefuse.recipes.recipe import Settings

COUNTING_HEADS = (
    "label-graph",
    "classifier-chain",
)  # what they count of genres is of the films of a training


def check_averaged(name: str, settings: Settings) -> None:
    """Finds, before anything is trained, what `ensembles.alike` would refuse of the trained runs.

    Args:
        name: of the recipe that averages weights.
        settings: of its member.

    Raises:
        SettingsError: for what is learned from each training's own films and is no weight.
    """
    scratch = settings.text == "transformer" and learns_words(
        settings.text_encoder, pretrained=settings.pretrained
    )
    remembers = settings.graph is not None and GRAPHS[settings.graph].remembers
    faults = (
        (settings.learner != "gradient", f"learner={settings.learner}", "learner=gradient"),
        (remembers, f"graph={settings.graph}", "another graph, or none"),
        (settings.head in COUNTING_HEADS, f"head={settings.head}", "another head"),
        (settings.text not in {None, "transformer"}, f"text={settings.text}", "text=transformer"),
        (scratch and not settings.pretrained, "pretrained=false", "pretrained=true"),
        (scratch, f"text_encoder={settings.text_encoder}", "a pretrained encoder, from a folder or the hub"),
    )
    for at_fault, given, allowed in faults:
        if at_fault:
            raise SettingsError(
                f"{given}: what it learns of the films of a training is no weight, and {name} averages the "
                f"weights of trainings on other films each; allowed is {allowed}"
            )
