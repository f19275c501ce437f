"""A catalogue tagged: tables of films in, the same rows with genres out, however many and however broken.

A table is read through once, in constant memory, and cut into chunks. Each chunk is an independent piece of
work: read, scored and written as a part of its own, whole or not at all. In the end the parts become one
file. So nothing that is done is lost by a kill, any number of workers may share the work, and the outcome is
the same to the last byte. A row that cannot be read becomes a row with its error.
"""

from cinefuse.tagging.counts import Counts
from cinefuse.tagging.journey import Outcome, TagSettings, tag

__all__ = ["Counts", "Outcome", "TagSettings", "tag"]
