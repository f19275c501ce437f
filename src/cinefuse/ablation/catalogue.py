"""The ablations of the original report and a few more, as data.

Within an ablation the first variant of a recipe is the reference that its other variants are held
against. A reference without assignments is the recipe as the profile has it.
"""

from dataclasses import dataclass

from cinefuse.corpus.record import PlotRule

AS_IT_IS = "as in the recipe"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to train one recipe.

    Attributes:
        label: unlike that of any other variant of the recipe in the ablation.
        assignments: as `--set` would give them.
        plot_rule: which of a movie's plots is read; None for the corpus as it was opened.
        wants: a setting that only the user can give, and that goes to this variant alone.
    """

    label: str
    recipe: str
    assignments: tuple[str, ...] = ()
    plot_rule: PlotRule | None = None
    wants: str | None = None

    @property
    def varied(self) -> set[str]:
        """The settings that it sets."""
        return {assignment.partition("=")[0] for assignment in self.assignments}


@dataclass(frozen=True, slots=True)
class Ablation:
    """One question and the variants that answer it."""

    name: str
    title: str
    question: str
    variants: tuple[Variant, ...]

    @property
    def varied(self) -> set[str]:
        """The settings that any of its variants sets or wants."""
        wanted = {variant.wants for variant in self.variants if variant.wants}
        return wanted.union(*(variant.varied for variant in self.variants))

    def reference(self, variant: Variant) -> Variant:
        """What the variant is held against; the variant itself if it is the reference."""
        return next(other for other in self.variants if other.recipe == variant.recipe)


def _variants(recipes: str, labelled: dict[str, str]) -> tuple[Variant, ...]:
    """Of each recipe: label -> assignments; both divided by blanks."""
    return tuple(
        Variant(label, recipe, tuple(assignments.split()))
        for recipe in recipes.split()
        for label, assignments in labelled.items()
    )


HEADS = ("linear", "label-attention", "label-graph", "classifier-chain")  # the first is the reference
FUSIONS = "early-fusion late-fusion attention-fusion"
NO_JITTER = "rotation=0 brightness=0 contrast=0 saturation=0 hue=0"
# not what any profile gives a fusion (0.1, 0.3, 0.5), so that each differs from the recipe as it is
BY_GENRE = "sampling=class-aware"
SAMPLINGS = {AS_IT_IS: "", "by genre": BY_GENRE, "by genre, unweighted": f"{BY_GENRE} class_weights=none"}
MODALITY_DROPOUTS = {AS_IT_IS: "", "none": "modality_dropout=0"} | {
    share: f"modality_dropout={share}" for share in ("0.15", "0.5")
}
DROPOUTS = {AS_IT_IS: "", "none": "dropout=0", "a fifth": "dropout=0.2", "two fifths": "dropout=0.4"}
TRAINED = "text_freeze=none"  # what is cut out of an encoder is made up for by training what is left
COMPRESSIONS = {
    "whole": TRAINED,
    "half of the weights pruned": f"pruning=0.5 {TRAINED}",
    "three quarters pruned": f"pruning=0.75 {TRAINED}",
    "four layers": f"text_layers=4 {TRAINED}",
    "two layers": f"text_layers=2 {TRAINED}",
    "weights of 7 bits": f"quantisation_aware=true {TRAINED}",
}

ABLATIONS: dict[str, Ablation] = {
    ablation.name: ablation
    for ablation in (
        Ablation(
            "lstm",
            "Attention and word vectors in the LSTM",
            "What are attention over the words and pretrained word vectors worth to the LSTM?",
            (
                *_variants(
                    "lstm-text",
                    {"attention": "lstm_attention=true", "no attention": "lstm_attention=false"},
                ),
                Variant(
                    "pretrained word vectors", "lstm-text", ("lstm_attention=true",), wants="word_vectors"
                ),
            ),
        ),
        Ablation(
            "vision-layers",
            "Trained layers of the poster backbone",
            "How much of the poster backbone should be trained?",
            _variants(
                "resnet-vision",
                {
                    "later half trained": "vision_freeze=first-half",
                    "frozen": "vision_freeze=all",
                    "all trained": "vision_freeze=none",
                },
            ),
        ),
        Ablation(
            "fusion-width",
            "Width of the fusions",
            "How wide and how deep must the network be that joins text and poster?",
            (
                *_variants(
                    "early-fusion",
                    {
                        AS_IT_IS: "",
                        "narrow projections": "early_width=128",
                        "wide projections": "early_width=1024",
                        "one narrow layer": "early_layers=256",
                        "three wide layers": "early_layers=2048,1024,512",
                    },
                ),
                *_variants(
                    "attention-fusion",
                    {
                        AS_IT_IS: "",
                        "narrow hidden layer": "attention_hidden=128",
                        "wide hidden layer": "attention_hidden=1024",
                    },
                ),
            ),
        ),
        Ablation(
            "dropout",
            "Dropout of the fusions",
            "How much dropout do the fusions need?",
            _variants(FUSIONS, DROPOUTS),
        ),
        Ablation(
            "modality-dropout",
            "Modality dropout",
            "What does it cost with both parts there that a fusion learns to do without either?",
            _variants(FUSIONS, MODALITY_DROPOUTS),
        ),
        Ablation(
            "attention-keys",
            "What cross-attention looks at",
            "Is attention to places of the poster better than to one pooled vector, as in the report's code?",
            _variants(
                "attention-fusion",
                {
                    "places and words": "attention_pooled=false",
                    "one pooled vector": "attention_pooled=true",
                },
            ),
        ),
        Ablation(
            "augmentation",
            "Augmentation of posters",
            "Which ways of varying posters help, and does mirroring their titles hurt?",
            _variants(
                "resnet-vision",
                {
                    AS_IT_IS: "",
                    "none": f"flip=0 {NO_JITTER}",
                    "mirror only": f"flip=0.5 {NO_JITTER}",
                    "no mirror": "flip=0",
                    "all": "flip=0.5 rotation=5 brightness=0.15 contrast=0.15 saturation=0.15 hue=0.05",
                },
            ),
        ),
        Ablation(
            "loss",
            "Loss and class weights",
            "How should the loss treat genres that few films have?",
            _variants(
                "bert-text",
                {
                    "cross-entropy, balanced": "loss=bce class_weights=balanced",
                    "cross-entropy, square root": "loss=bce class_weights=sqrt",
                    "cross-entropy, unweighted": "loss=bce class_weights=none",
                    "focal": "loss=focal class_weights=none",
                    "asymmetric": "loss=asymmetric class_weights=none",
                    "class-balanced": "loss=class-balanced class_weights=none",
                    "distribution-balanced": "loss=distribution-balanced class_weights=none",
                    "both balances": "loss=distribution-balanced class_weights=none sampling=class-aware",
                },
            ),
        ),
        Ablation(
            "sampling",
            "Which films an epoch has",
            "Does it help to draw films by genre, so that rare genres are seen as often as common ones?",
            _variants("bert-text early-fusion", SAMPLINGS),
        ),
        Ablation(
            "head",
            "Heads that know of other genres",
            "Is it worth anything that a head lets genres look for their own words, or know of each other?",
            _variants("bert-text early-fusion attention-fusion", {head: f"head={head}" for head in HEADS}),
        ),
        Ablation(
            "averaging",
            "Averaging of epochs",
            "Is an average of several epochs' weights better than the best epoch?",
            _variants(
                "early-fusion",
                {
                    "the best epoch": "averaging=none",
                    "greedy soup": "averaging=soup",
                    "stochastic weight averaging": "averaging=swa",
                },
            ),
        ),
        Ablation(
            "compression",
            "Smaller text encoders",
            "What does it cost to prune the text encoder, to leave its upper layers out, or to round its "
            "weights for int8 while it is trained?",
            _variants("bert-text", COMPRESSIONS),
        ),
        Ablation(
            "plot-rule",
            "Which plot of a film is read",
            "Where a film has several plots, is the longest, the first or all of them best?",
            (
                Variant("longest", "bert-text", plot_rule="longest"),
                Variant("first", "bert-text", plot_rule="first"),
                Variant("all, joined", "bert-text", plot_rule="all"),
            ),
        ),
    )
}
