"""Numbers as people read them: probabilities in percent, what changes them in points of percent."""

BLANK = "\N{NO-BREAK SPACE}"
LEAST = 0.005  # of a probability: what rounds to less than a point is not worth naming


def percent(share: float, digits: int = 0) -> str:
    """A probability; the ends of the scale are never claimed.

    Example:
        >>> [percent(share).replace(BLANK, " ") for share in (0.8249, 0.001, 0.9999)]
        ['82 %', '<1 %', '>99 %']
    """
    least = 10.0**-digits
    if 100 * share < least / 2:
        return f"<{least:.{digits}f}{BLANK}%"
    if 100 * share > 100 - least / 2:
        return f">{100 - least:.{digits}f}{BLANK}%"
    return f"{100 * share:.{digits}f}{BLANK}%"


def told_apart(share: float, threshold: float) -> tuple[str, str]:
    """Both in percent, with as many digits as it takes to tell them apart.

    Example:
        >>> [text.replace(BLANK, " ") for text in told_apart(0.4499, 0.45)]
        ['44.99 %', '45.00 %']
    """
    for digits in range(5):
        found = percent(share, digits), percent(threshold, digits)
        if found[0] != found[1]:
            break
    return found


def points(difference: float) -> str:
    """How far a probability moves, without its sign.

    Example:
        >>> points(0.12), points(-0.0051), points(0.004)
        ('12 points', '1 point', 'less than a point')
    """
    number = int(100 * abs(difference) + 0.5)
    if number == 0:
        return "less than a point"
    return "1 point" if number == 1 else f"{number} points"


def signed(weight: float) -> str:
    """A weight on the logit scale.

    Example:
        >>> signed(0.5), signed(-0.25)
        ('+0.50', '\u22120.25')
    """
    return f"{weight:+.2f}".replace("-", "\N{MINUS SIGN}")
