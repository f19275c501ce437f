"""Why a model gives a film a genre, or does not: what `explain --json` writes and what a server answers."""

from cinefuse.results.record import Record


class ExplainedWord(Record):
    """One word of the plot that the model read.

    Attributes:
        text: as it stands in the plot, without punctuation around it.
        start: its place in the plot, in characters; `plot[start:end] == text`.
        end: the place after it.
        weight: how far it moves the genre's score on the logit scale, against a plot without words; below 0
            it speaks against the genre.
    """

    text: str
    start: int
    end: int
    weight: float


class PosterPlaces(Record):
    """The poster as a grid of equal places.

    Attributes:
        weights: a list for each row from the top, a number for each column from the left: by how much the
            genre's probability falls when that place is covered, mean over the covers that reach it.
    """

    rows: int
    columns: int
    weights: list[list[float]]


class ModalityProbabilities(Record):
    """The genre's calibrated probability by what the model is shown; None where there is no such part."""

    both: float | None
    plot: float | None
    poster: float | None


class Explanation(Record):
    """One film, one genre.

    Attributes:
        model: the recipe's name.
        probability: calibrated.
        threshold: at or above which the probability gives this film the genre.
        words: in the plot's order; without punctuation, and without words beyond the model's `max_tokens`.
        poster: None where the model sees none.
    """

    id: str
    model: str
    genre: str
    probability: float
    threshold: float
    words: list[ExplainedWord]
    poster: PosterPlaces | None
    modalities: ModalityProbabilities

    @property
    def given(self) -> bool:
        """Whether the film is given the genre."""
        return self.probability >= self.threshold
