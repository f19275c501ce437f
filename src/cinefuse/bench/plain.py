"""The plain recipe, written out as the original report's code and its peers work.

Every plot is padded to the longest that is allowed, posters are decoded and transformed one by one with
Pillow in the loader, batches are shuffled, everything is float32, and evaluation goes through the films as
they come.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from cinefuse.corpus.movie import Movie
from cinefuse.encoders.attention import attend_quickly
from cinefuse.encoders.dropout import QuickDropout
from cinefuse.encoders.pixels import PixelNorm
from cinefuse.encoders.text_transformer import TextTransformer
from cinefuse.encoders.word_lstm import WordLSTM
from cinefuse.features.batch import Batch
from cinefuse.features.plots import padding_token
from cinefuse.features.table import genre_matrix
from cinefuse.model import GenreModel
from cinefuse.recipes import Settings
from cinefuse.training.trainer import learning_rates


class PlainDataset(Dataset[dict[str, Tensor]]):
    """A film at a time, read and transformed when it is asked for."""

    def __init__(
        self,
        movies: Sequence[Movie],
        genres: Sequence[str],
        settings: Settings,
        tokenizer: Tokenizer | None,
        *,
        varied: bool,
    ) -> None:
        self._movies, self._genres = movies, genre_matrix(movies, genres).float()
        self._settings, self._varied = settings, varied
        self._tokenizer = None if tokenizer is None else _padding(tokenizer, settings.max_tokens)

    def __len__(self) -> int:
        return len(self._movies)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        movie, item = self._movies[index], {"genres": self._genres[index]}
        if self._tokenizer is not None:
            encoding = self._tokenizer.encode(movie.plot or "")
            item["plot_tokens"] = torch.tensor(encoding.ids)
            item["plot_mask"] = torch.tensor(encoding.attention_mask, dtype=torch.bool)
            item["has_plot"] = torch.tensor(movie.plot is not None)
        if self._settings.vision is not None:
            item["posters"] = self._poster(movie)
            item["has_poster"] = torch.tensor(movie.poster is not None)
        return item

    def _poster(self, movie: Movie) -> Tensor:
        """(3, H, W) float in 0..1."""
        size = (self._settings.poster_width, self._settings.poster_height)
        pixels = movie.poster.pixels() if movie.poster else np.zeros((*size[::-1], 3), np.uint8)
        image = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
        if self._varied:
            image = self._vary(image)
        return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255

    def _vary(self, image: Image.Image) -> Image.Image:
        settings = self._settings
        if torch.rand(()) < settings.flip:
            image = ImageOps.mirror(image)
        if settings.rotation:
            image = image.rotate(_between(settings.rotation), Image.Resampling.NEAREST)
        if settings.brightness:
            image = ImageEnhance.Brightness(image).enhance(1 + _between(settings.brightness))
        if settings.contrast:
            image = ImageEnhance.Contrast(image).enhance(1 + _between(settings.contrast))
        if settings.saturation:
            image = ImageEnhance.Color(image).enhance(1 + _between(settings.saturation))
        if settings.hue:
            bands = np.array(image.convert("HSV"))
            bands[..., 0] += np.uint8(int(255 * _between(settings.hue)) % 256)
            image = Image.fromarray(bands, "HSV").convert("RGB")
        return image


def _padding(tokenizer: Tokenizer, length: int) -> Tokenizer:
    """Another tokeniser, whose every plot is as long."""
    padding = Tokenizer.from_str(tokenizer.to_str())
    padding.enable_truncation(length)
    padding.enable_padding(length=length, pad_id=padding_token(tokenizer))
    return padding


def _between(largest: float) -> float:
    """Evenly from -largest to largest."""
    return float(2 * torch.rand(()) - 1) * largest


def plain_batches(dataset: PlainDataset, batch_size: int, *, shuffled: bool) -> Iterator[dict[str, Tensor]]:
    """Batches as a plain loader makes them, in this process."""
    return iter(DataLoader(dataset, batch_size=batch_size, shuffle=shuffled))


def _as_published(model: GenreModel) -> GenreModel:
    """The same model, computed by torch and transformers alone."""
    for part in model.modules():
        if isinstance(part, TextTransformer | WordLSTM | QuickDropout | PixelNorm):
            part.quick = False
        if isinstance(part, TextTransformer):
            attend_quickly(part.backbone, quickly=False)
    return model


class PlainTraining:
    """A plain loop's step: forward, loss, backward, clip, AdamW."""

    def __init__(self, model: GenreModel, settings: Settings, weights: Tensor, device: torch.device) -> None:
        self._model, self._device = _as_published(model).to(device).train(), device
        self._weights, self._norm = weights.to(device), settings.gradient_norm
        rates = learning_rates(model, settings)
        groups: dict[float, list[nn.Parameter]] = {}
        for one in model.parameters():
            if one.requires_grad:
                groups.setdefault(rates.get(id(one), settings.learning_rate), []).append(one)
        self._optimizer = torch.optim.AdamW(
            [{"params": trained, "lr": rate} for rate, trained in groups.items()],
            weight_decay=settings.weight_decay,
            foreach=False,
        )

    def step(self, tensors: dict[str, Tensor]) -> float:
        """One batch; returns its loss."""
        batch = Batch(**tensors).to(self._device)
        assert batch.genres is not None, "the loader gives them"
        self._optimizer.zero_grad()
        logits = self._model(batch).logits
        loss = functional.binary_cross_entropy_with_logits(logits, batch.genres, pos_weight=self._weights)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._norm)
        self._optimizer.step()
        return float(loss.detach())


@torch.no_grad()
def plain_scores(model: GenreModel, dataset: PlainDataset, batch_size: int, device: torch.device) -> Tensor:
    """(N, G) probabilities, films as they come."""
    model.to(device).eval()
    batches = plain_batches(dataset, batch_size, shuffled=False)
    return torch.cat([torch.sigmoid(model(Batch(**tensors).to(device)).logits).cpu() for tensors in batches])
