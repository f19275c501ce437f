"""Why a model gives a film a genre, or does not: what `explain --json` writes and what a server answers.

Whatever shows an explanation draws what stands here: which words are named, what is painted how strongly and
every sentence are decided once, when it is made.
"""

from typing import Self

from pydantic import Field

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


class StrongWord(Record):
    """A word with all that it adds up to wherever it stands.

    Attributes:
        text: as it stands where it stands first.
        times: how often the model read it.
        weight: the sum.
    """

    text: str
    times: int
    weight: float

    @property
    def label(self) -> str:
        """As a list shows it."""
        return self.text if self.times == 1 else f"{self.text} \N{MULTIPLICATION SIGN}{self.times}"


class PlotReading(Record):
    """What the model made of the plot as a whole. Weights are on the logit scale.

    Attributes:
        read_to: the place in the plot, in characters, from which on the model did not read; the plot's
            length where it read all.
        unknown: how many of the words the model has no token for; None where its tokens make up any word.
        full: the weight that is painted fully.
        faint: what weighs less is not painted.
        speak_for: the strongest words for the genre, strongest first.
        speak_against: those against it.
        moved: how far the plot moves the score, against a plot without words. It is the sum of the words'
            weights, `punctuation` and `missed`.
        punctuation: what the tokens that belong to no word add.
        missed: what the method could not lay at any token's door.
    """

    read_to: int
    unknown: int | None
    full: float
    faint: float
    speak_for: list[StrongWord]
    speak_against: list[StrongWord]
    moved: float
    punctuation: float
    missed: float


class Cover(Record):
    """A rectangle of the poster that was covered, in fractions of its height and width from the upper left.

    Attributes:
        place: where its centre is, in words.
        fall: by how much the genre's probability fell under it; below 0 it rose.
    """

    top: float
    left: float
    bottom: float
    right: float
    place: str
    fall: float


class PosterPlaces(Record):
    """The poster as a grid of equal places.

    Attributes:
        weights: a list for each row from the top, a number for each column from the left: by how much the
            genre's probability falls when that place is covered, mean over the covers that reach it.
        full: the weight that is painted fully.
        lowering: the one cover that lowered the probability most; None where none did by half a point.
        raising: the one that raised it most; likewise.
    """

    rows: int
    columns: int
    weights: list[list[float]]
    full: float
    lowering: Cover | None
    raising: Cover | None


class ModalityProbabilities(Record):
    """The genre's calibrated probability by what the model is shown; None where there is no such part.

    Attributes:
        plot_threshold: what a film of a plot alone is judged by; None where there is no such part.
        poster_threshold: likewise.
    """

    both: float | None
    plot: float | None
    poster: float | None
    plot_threshold: float | None = None
    poster_threshold: float | None = None


class Sentences(Record):
    """What is said of an explanation; empty where there is nothing to say.

    Attributes:
        title: the question that it answers.
        verdict: what the model says.
        parts: what the probability does without the poster and without the plot; one sentence if only one of
            them was shown.
        people: what the probability does without the names of who made the film.
        words: the strongest ones.
        poster: what covering it does.
        notes: what whoever reads the weights should know.
    """

    title: str = ""
    verdict: str = ""
    parts: list[str] = Field(default_factory=list)
    people: str = ""
    words: str = ""
    poster: str = ""
    notes: list[str] = Field(default_factory=list)


class Explanation(Record):
    """One film, one genre.

    Attributes:
        model: the recipe's name.
        probability: calibrated.
        threshold: at or above which the probability gives this film the genre.
        words: in the plot's order; without punctuation, and without words beyond the model's `max_tokens`.
        plot: None where the model reads none.
        poster: None where the model sees none.
        without_people: the probability if nobody were named; None where nobody is, or the model knows nobody
            of those who are.
    """

    id: str
    model: str
    genre: str
    probability: float
    threshold: float
    words: list[ExplainedWord]
    plot: PlotReading | None = None
    poster: PosterPlaces | None
    modalities: ModalityProbabilities
    without_people: float | None = None
    sentences: Sentences = Field(default_factory=Sentences)

    @property
    def given(self) -> bool:
        """Whether the film is given the genre."""
        return self.probability >= self.threshold

    def behind(self, characters: int) -> Self:
        """The same of a plot with so many more characters before it, which the model was not shown."""
        words = [
            word.model_copy(update={"start": word.start + characters, "end": word.end + characters})
            for word in self.words
        ]
        plot = self.plot and self.plot.model_copy(update={"read_to": self.plot.read_to + characters})
        return self.model_copy(update={"words": words, "plot": plot})
