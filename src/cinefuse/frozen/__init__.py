"""Frozen encoders read each movie once: what they make of it is kept, also for the next model."""

from cinefuse.frozen.encoding import forget, with_frozen

__all__ = ["forget", "with_frozen"]
