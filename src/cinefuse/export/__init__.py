"""Export: a finished run as ONNX, held against the run before it is kept, with its model card."""

from cinefuse.export.exporting import ExportOptions, export_run
from cinefuse.export.hub import push

__all__ = ["ExportOptions", "export_run", "push"]
