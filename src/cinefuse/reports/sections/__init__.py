"""The report's sections, a file each, in reading order."""

from cinefuse.reports.section import MakeSection
from cinefuse.reports.sections.calibration import calibration
from cinefuse.reports.sections.choosing import choosing
from cinefuse.reports.sections.confusion import confusion
from cinefuse.reports.sections.corpus import corpus
from cinefuse.reports.sections.curves import curves
from cinefuse.reports.sections.examples import examples
from cinefuse.reports.sections.genres import genres
from cinefuse.reports.sections.learning import learning
from cinefuse.reports.sections.literature import literature
from cinefuse.reports.sections.missing import missing
from cinefuse.reports.sections.models import models
from cinefuse.reports.sections.notes import notes
from cinefuse.reports.sections.pairs import pairs
from cinefuse.reports.sections.people import people
from cinefuse.reports.sections.poster import poster
from cinefuse.reports.sections.questions import questions
from cinefuse.reports.sections.result import result
from cinefuse.reports.sections.thresholds import thresholds
from cinefuse.reports.sections.weights import weights

SECTIONS: tuple[MakeSection, ...] = (
    result,
    questions,
    pairs,
    genres,
    poster,
    missing,
    people,
    choosing,
    thresholds,
    calibration,
    curves,
    confusion,
    examples,
    corpus,
    models,
    learning,
    weights,
    literature,
    notes,
)
