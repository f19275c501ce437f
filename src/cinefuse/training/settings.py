"""What may be set about training. The defaults are the original report's."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from cinefuse.features.augmentation import AugmentationSettings
from cinefuse.training.learners import LearnerSettings
from cinefuse.training.losses import LossSettings

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


def _fold_name(given: Any) -> str:
    number, _, count = given.partition("/") if isinstance(given, str) else ("", "", "")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) > 1):
        raise PydanticCustomError("fold", "allowed is NUMBER/COUNT, as 2/5: the second of five parts")
    return f"{int(number)}/{int(count)}"


FoldName = Annotated[str, BeforeValidator(_fold_name)]


class DecisionSettings(BaseModel):
    """How probabilities become genres, and what they mean.

    Attributes:
        threshold: how probabilities become genres; `global` and `per-genre` are fitted on dev.
        fixed_threshold: the one that `threshold=fixed` uses.
        calibration: fitted on dev, so that probabilities mean what they say; changes no genre that is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: Literal["global", "fixed", "per-genre"] = "global"
    fixed_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    calibration: Literal["platt", "temperature", "none"] = "platt"


class TrainingSettings(AugmentationSettings, LossSettings, LearnerSettings, DecisionSettings):
    """How a model is trained, and by what its best epoch is chosen.

    Attributes:
        batch_size: films a step, of all processes together.
        sampling: which films an epoch has: `shuffled` all, each once; `class-aware` as many, but every genre
            as often as any other.
        modality_dropout: chance that a movie which has both loses its plot or its poster in a batch, each as
            often, for a learned stand-in: so that the model learns to do without.
        unpaired: train also on the corpus' films that have no plot by design (its split "unpaired").
        fold: train without a part of the training films: "2/5" leaves out the second of five; None for none.
            `cinefuse ensemble` of all parts learns its thresholds from the films that each left out.
        max_epochs: after which training ends, if nothing ends it earlier.
        learning_rate: of the parts that start from random weights.
        pretrained_learning_rate: of the parts that start from pretrained weights.
        vision_learning_rate: of a pretrained vision encoder; None for `pretrained_learning_rate`.
        weight_decay: AdamW's; biases and norms have none.
        warmup: share of all steps in which the learning rates rise from 0; not with `plateau`.
        schedule: `plateau` lowers the learning rates when dev stops rising; `linear` and `cosine` end at 0.
        plateau_factor: what `plateau` multiplies the learning rates by.
        plateau_patience: epochs without a better one before it does.
        minimum_learning_rate: below which it does not go.
        gradient_norm: gradients are scaled down to this.
        precision: `auto` is bfloat16 or float16 on a GPU that has it, bfloat16 on a processor that multiplies
            it (AMX, AVX-512), float32 elsewhere.
        averaging: `soup` averages the weights of the epochs that are best on dev, where dev does not fall by
            it; `swa` those of all epochs after `swa_start`; `none` keeps the best epoch.
        swa_start: share of `max_epochs` after which epochs are averaged.
        pruning: share of the weights of each large matrix of an encoder that is 0 from the first step on: the
            smallest.
        quantisation_aware: train with the matrices of encoders, but of one that is all frozen, rounded as
            `cinefuse export` rounds them to int8; the run has those weights.
        teacher: folder of a run or an ensemble of the same genres, whose probabilities of the training films
            are learned as well, those of an ensemble of parts (see `fold`) by the members that have not
            learned from the film; None for none.
        distillation_weight: what the teacher's word counts, against the films' own genres.
        distillation_temperature: above 1, how the teacher ranks genres that it finds unlikely counts more.
        select_by: the dev metric by which the best epoch is kept, the plateau seen and training stopped; and
            the share that late fusion of linear heads takes.
        early_stopping_patience: epochs without a better one before training stops.
        seed: of the first weights, the order of films, dropout and how posters vary.
        deterministic: the same seed on the same machine gives the same numbers.
        report_to: trackers that transformers knows, comma-separated ("wandb,mlflow"); the run's folder gets
            event files in `events` as well. "tensorboard" for those alone, "none" for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_size: Count = 32
    sampling: Literal["shuffled", "class-aware"] = "shuffled"
    modality_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    unpaired: bool = False
    fold: FoldName | None = None
    max_epochs: Count = 50
    learning_rate: Positive = 3e-4
    pretrained_learning_rate: Positive = 3e-5
    vision_learning_rate: Positive | None = None
    weight_decay: Annotated[float, Field(ge=0)] = 0.05
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.0
    schedule: Literal["plateau", "linear", "cosine", "constant"] = "plateau"
    plateau_factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    plateau_patience: Count = 7
    minimum_learning_rate: Annotated[float, Field(ge=0)] = 1e-6
    gradient_norm: Positive = 1.0
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    averaging: Literal["none", "soup", "swa"] = "none"
    swa_start: Annotated[float, Field(ge=0, lt=1)] = 0.5
    pruning: Annotated[float, Field(ge=0, lt=1)] = 0.0
    quantisation_aware: bool = False
    teacher: str | None = None
    distillation_weight: Annotated[float, Field(gt=0, le=1)] = 0.5
    distillation_temperature: Positive = 2.0
    select_by: Literal["f1_macro", "average_precision_macro"] = "f1_macro"
    early_stopping_patience: Count = 10
    seed: int = Field(42, ge=0, lt=2**32)
    deterministic: bool = True
    report_to: str = "tensorboard"
