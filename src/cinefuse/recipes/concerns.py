"""Which settings concern which models: setting something that a model does not have is a mistake."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cinefuse.encoders.backbone import SMALL
from cinefuse.recipes.recipe import Settings


@dataclass(frozen=True, slots=True)
class Need:
    """What one setting must be for another to matter.

    Attributes:
        allowed: one of these; empty for any but none.
        barred: none of these.
    """

    setting: str
    allowed: tuple[Any, ...] = ()
    barred: tuple[Any, ...] = (None,)

    def met(self, model: Settings) -> bool:
        """Whether the model has it."""
        value = getattr(model, self.setting)
        return value in self.allowed if self.allowed else value not in self.barred

    def __str__(self) -> str:
        if self.allowed:
            return f"{self.setting}={' or '.join(map(_shown, self.allowed))}"
        other = [_shown(value) for value in self.barred if value is not None]
        return f"{self.setting} other than {' or '.join(other)}" if other else f"{self.setting}=any"


PLOTS, POSTERS = Need("text"), Need("vision")
GRADIENT, FITTED = Need("learner", ("gradient",)), Need("learner", ("logistic", "svm"))
TRANSFORMER, BILSTM = Need("text", ("transformer",)), Need("text", ("bilstm",))
BACKBONE, CNN = Need("vision", ("backbone",)), Need("vision", ("cnn",))
PRETRAINED, FROM_SCRATCH = Need("pretrained", (True,)), Need("pretrained", (False,))
TEXT_WEIGHTS = (TRANSFORMER, Need("text_encoder", barred=(SMALL,)))
VISION_WEIGHTS = (BACKBONE, Need("vision_encoder", barred=(SMALL,)))
TRAINED_WORDS, TRAINED_PLACES = Need("text_freeze", barred=("all",)), Need("vision_freeze", barred=("all",))
TEXT_LEARNS = (*TEXT_WEIGHTS, PRETRAINED, TRAINED_WORDS)
VISION_LEARNS = (*VISION_WEIGHTS, PRETRAINED, TRAINED_PLACES)
HIDDEN_LAYER = Need("head", ("linear", "classifier-chain"))  # on one modality, under the genres
LEARNED_WORDS = (
    (BILSTM,),
    (TRANSFORMER, Need("text_encoder", (SMALL,))),
    (TRANSFORMER, Need("text_encoder", (Settings.model_fields["text_encoder"].default,)), FROM_SCRATCH),
)

Alternatives = tuple[tuple[Need, ...], ...]


def _all(names: str, *alternatives: tuple[Need, ...]) -> dict[str, Alternatives]:
    return dict.fromkeys(names.split(), alternatives)


# setting -> for it to matter, all needs of one of these groups must be met; what is not here always matters
CONCERNS: dict[str, Alternatives] = (
    _all("max_tokens", (PLOTS,))
    | _all("longest_term minimum_plots", (Need("text", ("tfidf",)),))
    | _all("penalty_c", (FITTED,))
    | _all("bayes_smoothing", (Need("learner", ("bayes",)),))
    | _all(
        "batch_size max_epochs learning_rate weight_decay schedule gradient_norm precision "
        "early_stopping_patience report_to loss dropout sampling head averaging teacher",
        (GRADIENT,),
    )
    | _all("class_weights", (GRADIENT,), (FITTED,))
    | _all("select_by", (GRADIENT,), (Need("fusion", ("late",)),))
    | _all("vocabulary_size minimum_word_count", *LEARNED_WORDS)
    | _all("text_encoder text_layers text_pooling text_attention_dropout text_freeze", (TRANSFORMER,))
    | _all("word_vectors embedding_width embedding_dropout lstm_width lstm_layers lstm_attention", (BILSTM,))
    | _all("poster_height poster_width", (POSTERS,))
    | _all("flip rotation brightness contrast saturation hue", (POSTERS, GRADIENT))
    | _all("vision_encoder vision_freeze vision_fixed_statistics", (BACKBONE,))
    | _all("cnn_widths", (CNN,))
    | _all("pretrained", TEXT_WEIGHTS, VISION_WEIGHTS)
    | _all(
        "pretrained_learning_rate",
        TEXT_LEARNS,
        (*VISION_LEARNS, Need("vision_learning_rate", (None,))),
        (BILSTM, Need("word_vectors")),
    )
    | _all("vision_learning_rate", VISION_LEARNS)
    | _all("early_width early_layers", (Need("fusion", ("early",)),))
    | _all("alpha", (Need("fusion", ("late", "late-genre")), GRADIENT))
    | _all("joint_width", (Need("fusion", ("sum", "gmu", "low-rank", "braz")),))
    | _all("maxout_width maxout_pieces", (Need("fusion", ("gmu", "experts")),))
    | _all("experts gate_per_genre", (Need("fusion", ("experts",)),))
    | _all("central_layers", (Need("fusion", ("centralnet",)),))
    | _all("rank low_rank_width", (Need("fusion", ("low-rank",)),))
    | _all("image_tokens", (Need("fusion", ("mmbt",)),))
    | _all(
        "attention_width attention_heads attention_hidden attention_pooled", (Need("fusion", ("attention",)),)
    )
    | _all("auxiliary_loss modality_dropout", (PLOTS, POSTERS, GRADIENT))
    | _all("graph_width graph_heads graph_dropout graph_links", (Need("graph"),))
    | _all("contrastive contrastive_temperature", (Need("graph", ("knowledge",)),))
    | _all("unpaired", (POSTERS,))
    | _all(
        "head_width",
        (Need("fusion", ("single",)), HIDDEN_LAYER, GRADIENT),
        (Need("fusion", ("late", "late-genre")), GRADIENT),
        (Need("auxiliary_loss", barred=(0.0,)), Need("fusion", barred=(None, "centralnet", "experts"))),
    )
    | _all("layer_norm", (Need("fusion", barred=("single",)), GRADIENT), (HIDDEN_LAYER, GRADIENT))
    | _all("label_width", (Need("head", ("label-attention",)),))
    | _all("label_graph_threshold label_graph_share label_graph_widths", (Need("head", ("label-graph",)),))
    | _all("warmup", (Need("schedule", ("linear", "cosine", "constant")), GRADIENT))
    | _all(
        "plateau_factor plateau_patience minimum_learning_rate", (Need("schedule", ("plateau",)), GRADIENT)
    )
    | _all("pruning", (TRANSFORMER,), (BACKBONE,))
    | _all("quantisation_aware", (TRANSFORMER, TRAINED_WORDS), (BACKBONE, TRAINED_PLACES))
    | _all("swa_start", (Need("averaging", ("swa",)), GRADIENT))
    | _all("distillation_weight distillation_temperature", (Need("teacher"), GRADIENT))
    | _all("fixed_threshold", (Need("threshold", ("fixed",)),))
    | _all("focal_gamma", (Need("loss", ("focal",)), GRADIENT))
    | _all(
        "asymmetric_gamma_positive asymmetric_gamma_negative asymmetric_clip",
        (Need("loss", ("asymmetric",)), GRADIENT),
    )
    | _all("class_balanced_beta", (Need("loss", ("class-balanced",)), GRADIENT))
    | _all(
        "distribution_alpha distribution_beta distribution_mu distribution_kappa distribution_lambda",
        (Need("loss", ("distribution-balanced",)), GRADIENT),
    )
)


def idle_settings(models: Sequence[Settings], assignments: Iterable[str]) -> list[str]:
    """One line for each assignment that none of `models` would notice."""
    keys = (assignment.partition("=")[0].strip().replace("-", "_") for assignment in assignments)
    return [_explain(key, models) for key in keys if not any(_matters(key, model) for model in models)]


def _matters(key: str, model: Settings) -> bool:
    needed = CONCERNS.get(key)
    return needed is None or any(all(need.met(model) for need in group) for group in needed)


def _explain(key: str, models: Sequence[Settings]) -> str:
    belongs = ", or to ".join(" with ".join(map(str, group)) for group in CONCERNS[key])
    asked = dict.fromkeys(need.setting for group in CONCERNS[key] for need in group)
    here = (
        f"{name}={'/'.join(dict.fromkeys(_shown(getattr(model, name)) for model in models))}"
        for name in asked
    )
    return f"{key} would change nothing: it belongs to {belongs}; here is {', '.join(here)}"


def _shown(value: Any) -> str:
    """As one gives it to `--set`."""
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
