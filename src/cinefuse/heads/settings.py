"""What may be set about the head."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]
Width = Annotated[int, Field(ge=1)]


class HeadSettings(BaseModel):
    """Which head, and its numbers.

    Attributes:
        head: name of a registered head, on what the fusion makes of a movie.
        label_width: of genres, words and places where they meet in label attention.
        label_graph_threshold: genre i is tied to j where at least this share of the films of i have j too.
        label_graph_share: what a genre takes from those that it is tied to; it keeps the rest.
        label_graph_widths: of the genres' own vectors, and of the hidden layer between the two convolutions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: str = "linear"
    label_width: Width = 256
    label_graph_threshold: Share = 0.4
    label_graph_share: Share = 0.2
    label_graph_widths: tuple[Width, Width] = (300, 1024)
