"""The head of the model card: what the hub reads of a model."""

from collections.abc import Sequence

from huggingface_hub import EvalResult, ModelCardData

from cinefuse.exported.record import ExportRecord
from cinefuse.results import METRICS, Result

HUB_METRICS = {"f1_macro": "f1", "f1_micro": "f1", "average_precision_macro": "mean_average_precision"}


def hub_data(record: ExportRecord, result: Result | None, license_name: str | None) -> ModelCardData:
    """Library, task, tags, licence and, where the run was measured, its scores as leaderboards take them."""
    results = [] if result is None else [_hub_result(record, result, metric) for metric in _scored(result)]
    return ModelCardData(
        license=license_name,
        library_name="cinefuse",
        pipeline_tag="text-classification" if "plot" in record.reads else "image-classification",
        tags=["cinefuse", "movies", "genres", "multi-label-classification", "onnx"]
        + ["multimodal"] * (len(record.reads) > 1),
        metrics=sorted(set(HUB_METRICS.values())),
        model_name=f"cinefuse {record.model}" if results else None,
        eval_results=results or None,
    )


def _scored(result: Result) -> Sequence[str]:
    return [metric for metric in HUB_METRICS if result.metrics.get(metric) is not None]


def _hub_result(record: ExportRecord, result: Result, metric: str) -> EvalResult:
    return EvalResult(
        task_type="text-classification" if "plot" in record.reads else "image-classification",
        task_name=f"film genres from {' and '.join(record.reads)}",
        dataset_type=result.corpus.name,
        dataset_name=result.corpus.name,
        dataset_split=result.corpus.split,
        metric_type=HUB_METRICS[metric],
        metric_name=METRICS[metric],
        metric_value=round(float(result.metrics[metric] or 0), 4),
    )
