"""cinefuse: film genres from poster and plot, and which way of fusing the two does it best."""

from cinefuse._version import __version__

__all__ = ["__version__"]
