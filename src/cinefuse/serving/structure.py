"""How much a body of JSON is made of, counted before it is parsed.

A parser makes an object of everything that it comes upon, and no other thread runs until it is done: sixteen
megabytes of empty lists took it ten seconds and two gigabytes.
"""

import re

from cinefuse.serving.limits import Limits
from cinefuse.serving.refusal import Refusal

A_FILM = 64  # marks, names aside: one of six fields, all of them given, has eighteen
A_NAME = 2  # its text, and a comma
# a text from quote to quote, whatever is in it, or to the end of the body; or what begins and parts
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)


def check_structure(body: bytes, films: int, limits: Limits, allowed: str) -> None:
    """Counts texts, objects, lists and commas, as far as so many films may have them.

    Args:
        body: JSON, or what is sent as such.
        films: that it may hold.
        limits: say how many names a film may have, of directors and of its cast.
        allowed: what it may hold, in words.

    Raises:
        Refusal: 422, for more of them.
    """
    most = films * (A_FILM + A_NAME * 2 * limits.people)
    if any(number > most for number, _ in enumerate(_MARK.finditer(body), 1)):
        what = f"the body has more than {most:,} texts, lists, objects and commas"
        raise Refusal(422, "body_too_complex", f"{what}; allowed is {allowed}")
