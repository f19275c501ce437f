"""When two models are said to be told apart: one rule for tests, tables, figures and sentences."""

SIGNIFICANT = 0.05


def told_apart(p: float, low: float, high: float) -> bool:
    """Whether a test's p, corrected, and the interval of a difference agree that it is not chance alone.

    Example:
        >>> told_apart(0.01, low=0.002, high=0.03), told_apart(0.01, low=-0.001, high=0.03)
        (True, False)
    """
    return p < SIGNIFICANT and not low <= 0 <= high
