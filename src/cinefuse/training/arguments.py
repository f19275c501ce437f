"""Our settings in the words of transformers' TrainingArguments."""

from typing import Any

import torch
from transformers import TrainingArguments

from cinefuse import processes
from cinefuse.errors import SettingsError
from cinefuse.training.settings import TrainingSettings

_SCHEDULES = {"plateau": "reduce_lr_on_plateau", "constant": "constant_with_warmup"}


def training_arguments(settings: TrainingSettings, directory: str) -> TrainingArguments:
    """Arguments for a run whose checkpoints go to `directory`."""
    precision = _precision(settings)
    arguments = TrainingArguments(
        output_dir=directory,
        num_train_epochs=settings.max_epochs,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        max_grad_norm=settings.gradient_norm,
        lr_scheduler_type=_SCHEDULES.get(settings.schedule, settings.schedule),
        lr_scheduler_kwargs=_schedule_details(settings),
        warmup_steps=settings.warmup,
        use_cpu=not (
            torch.cuda.is_available() or (torch.backends.mps.is_available() and processes.count() == 1)
        ),
        bf16=precision == "bfloat16",
        fp16=precision == "float16",
        eval_strategy="epoch",
        save_strategy="epoch",
        logging_strategy="epoch",
        save_total_limit=1,  # the best and the last
        load_best_model_at_end=True,
        metric_for_best_model=settings.select_by,
        greater_is_better=True,
        restore_callback_states_from_checkpoint=True,
        seed=settings.seed,
        data_seed=settings.seed,
        report_to=settings.report_to.split(","),
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        ddp_find_unused_parameters=True,  # encoders from a hub have parts that no fusion reads: poolers
        ddp_broadcast_buffers=False,  # `SharingTrainer` averages what batch norms learned, once an epoch
    )
    if arguments.world_size != processes.count():
        raise SettingsError(
            f"one of {arguments.world_size} processes that neither torchrun nor accelerate launch started: "
            "LOCAL_RANK, RANK and WORLD_SIZE must tell each which one it is"
        )
    # TensorBoard's files are ours to write: the library would leave them among the checkpoints
    arguments.report_to = [name for name in arguments.report_to or () if name != "tensorboard"]
    if arguments.n_gpu > 1:
        # started as one process, the Trainer would split each batch over all GPUs; one of them is enough
        # for these models, and `batch_size` stays what it says
        arguments._n_gpu = 1
    return arguments


def _precision(settings: TrainingSettings) -> str:
    if settings.precision != "auto":
        return settings.precision
    if not torch.cuda.is_available():
        return "bfloat16" if _multiplies_bfloat16() else "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"


def _multiplies_bfloat16() -> bool:
    """Whether the processor does in hardware (AMX, AVX-512), which is faster; elsewhere it is slower."""
    # torch has no public way to ask
    asks = (getattr(torch.cpu, f"_is_{name}_supported", None) for name in ("amx_tile", "avx512_bf16"))
    return any(ask and ask() for ask in asks)


def _schedule_details(settings: TrainingSettings) -> dict[str, Any]:
    if settings.schedule != "plateau":
        return {}
    return {
        "mode": "max",
        "factor": settings.plateau_factor,
        "patience": settings.plateau_patience,
        "min_lr": settings.minimum_learning_rate,
    }
