"""An export: a run as ONNX with all that is needed to predict. Nothing here needs torch, or knows a run."""

from cinefuse.exported.predictor import OnnxPredictor
from cinefuse.exported.record import ExportRecord, Precision, is_export, read_export_record

__all__ = ["ExportRecord", "OnnxPredictor", "Precision", "is_export", "read_export_record"]
