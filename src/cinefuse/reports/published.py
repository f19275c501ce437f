"""What others published on MM-IMDb: F1 with what is known of how it was measured.

None where the publication's protocol is not known to us: a gap that the report shows as a dash, not a guess.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One published result on MM-IMDb's 23 genres.

    Attributes:
        reads: text, vision, or both.
        films: of the test split.
        threshold: how probabilities became genres.
        source: where it was published.
    """

    system: str
    reads: str
    f1_macro: float
    f1_micro: float | None
    split: str | None
    films: int | None
    threshold: str | None
    source: str


OFFICIAL = "official"
UNRECORDED = "its publication is not recorded here"
PUBLISHED = (
    Published("MM-GATBT", "both, cast, director", 0.645, 0.685, None, None, None, "Seo et al. 2022"),
    Published("MMBT", "both", 0.616, 0.668, None, None, None, "Kiela et al. 2019, arXiv:1909.02950"),
    Published("Braz et al.", "both", 0.6159, 0.6750, None, None, None, "Braz et al. 2021"),
    Published(
        "the original report, attention",
        "both",
        0.5979,
        0.6590,
        "random 70/15/15",
        3_873,
        "fixed, 0.5",
        "on its own split",
    ),
    Published("BERT alone", "text", 0.587, 0.645, None, None, None, "as the original report cites it"),
    Published(
        "the original report, text",
        "text",
        0.5701,
        None,
        "random 70/15/15",
        3_873,
        "global, on dev",
        "on its own split",
    ),
    Published(
        "modality dropout, a head per modality",
        "vision, plot missing at test",
        0.437,
        None,
        None,
        None,
        None,
        UNRECORDED,
    ),
    Published("frozen CLIP B/32, linear", "vision", 0.407, None, None, None, None, UNRECORDED),
    Published("EfficientNet", "vision", 0.314, None, None, None, None, UNRECORDED),
    Published("zero-filling", "vision, plot missing at test", 0.256, None, None, None, None, UNRECORDED),
    Published("CentralNet", "both", 0.561, 0.639, None, None, None, "Vielzeuf et al. 2018, arXiv:1808.07275"),
    Published("GMU", "both", 0.541, 0.630, OFFICIAL, 7_799, None, "Arevalo et al. 2017, arXiv:1702.01992"),
    Published(
        "the original report, vision",
        "vision",
        0.2973,
        None,
        "random 70/15/15",
        3_873,
        "global, on dev",
        "on its own split",
    ),
)
