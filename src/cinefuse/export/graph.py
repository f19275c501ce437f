"""A model as an ONNX graph: what it reads by name -> logits (B, G), for any number of movies and tokens."""

import copy
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cinefuse.errors import MissingExtra, RunError
from cinefuse.exported.record import ReadingSettings
from cinefuse.features.batch import Batch
from cinefuse.features.links import LINKS
from cinefuse.model import GenreModel

PLOT_INPUTS = ("plot_tokens", "plot_mask", "has_plot")
POSTER_INPUTS = ("posters", "has_poster")
OPSET = 23  # has attention as one operation; onnxruntime runs it since 1.23


class Graph(nn.Module):
    """The model with named tensors in place of a `Batch`, and nothing but its logits.

    Parts that no graph can hold say themselves what stands for them: a module with a method `exportable`
    is replaced by what it returns, which reads and says the same.
    """

    def __init__(self, model: GenreModel, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model = _replaced(copy.deepcopy(model).cpu())
        self.inputs = tuple(inputs)
        self.eval()

    def forward(self, *tensors: Tensor) -> Tensor:
        """(B, L) plots, (B, 3, H, W) posters and people, as `inputs` names them -> (B, G)."""
        logits: Tensor = self.model(Batch(**dict(zip(self.inputs, tensors, strict=True)))).logits
        return logits


def input_names(reads: Sequence[str], links: str | None = None) -> tuple[str, ...]:
    """What the graph of a model that reads "plot", "poster" or both is given, and those links of people."""
    of_people = () if links is None else LINKS[links].names
    return PLOT_INPUTS * ("plot" in reads) + POSTER_INPUTS * ("poster" in reads) + of_people


def write_graph(model: GenreModel, reads: Sequence[str], settings: ReadingSettings, path: Path) -> None:
    """Writes the model as `path`, in float32, with batch and length left open.

    Raises:
        MissingExtra: without onnx and onnxscript.
        RunError: if the model holds what no ONNX graph can.
    """
    for package in ("onnx", "onnxscript"):  # before the work, of which they are the last part
        try:
            import_module(package)
        except ImportError as error:
            raise MissingExtra("exporting", "onnx") from error
    links = model.graph.links if model.graph else None
    inputs = input_names(reads, links)
    # by names, which torch refuses to take for fixed; a `Dim` that it can it quietly does
    along = dict.fromkeys(("plot_tokens", "plot_mask"), "length")
    along |= dict.fromkeys(input_names((), links), "links")
    shapes = tuple({0: "batch"} | ({1: along[name]} if name in along else {}) for name in inputs)
    examples = _examples(settings, model.n_genres)
    try:
        with _quiet():
            program = torch.onnx.export(
                Graph(model, inputs),
                tuple(examples[name] for name in inputs),
                dynamo=True,
                opset_version=OPSET,
                input_names=list(inputs),
                output_names=["logits"],
                dynamic_shapes=(shapes,),
                external_data=False,
                verbose=False,
            )
        assert program is not None, "torch's exporter gives a program or raises"
        program.save(path, external_data=False)
    except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
        raise RunError(
            f"this model cannot be written as an ONNX graph: {_reason(error)}; allowed are models of what "
            "ONNX has an operation for: a part of ours without says by `exportable` what stands for it"
        ) from error


def _examples(settings: ReadingSettings, n_genres: int) -> dict[str, Tensor]:
    """Three movies of five tokens and two people: no number may be taken for fixed, which 1 would be."""
    n_movies, n_tokens, n_links = 3, min(5, settings.max_tokens), 2
    size = (n_movies, 3, settings.poster_height, settings.poster_width)
    return {
        "plot_tokens": torch.ones(n_movies, n_tokens, dtype=torch.int64),
        "plot_mask": torch.ones(n_movies, n_tokens, dtype=torch.bool),
        "has_plot": torch.ones(n_movies, dtype=torch.bool),
        "posters": torch.zeros(size, dtype=torch.uint8),
        "has_poster": torch.ones(n_movies, dtype=torch.bool),
        "neighbours": torch.zeros(n_movies, n_links, dtype=torch.int64),
        "people": torch.zeros(n_movies, n_links, n_genres),
        "people_roles": torch.ones(n_movies, n_links, dtype=torch.int64),
    }


def _replaced(module: Any) -> Any:
    """The module with every part of it that says so replaced by its exportable form."""
    for name, part in module.named_children():
        make = getattr(part, "exportable", None)
        setattr(module, name, make() if callable(make) else _replaced(part))
    return module


def _reason(error: BaseException) -> str:
    """The innermost cause in a line; the exporter's own message is a page."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of itself: packages it would also know, and its own deprecations."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
