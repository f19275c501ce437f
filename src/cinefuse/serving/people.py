"""Who made a film, as strangers tell it: names in a list, or in one text that holds several."""

from cinefuse.corpus.readers.fields import FieldError, several
from cinefuse.serving.limits import Limits
from cinefuse.serving.refusal import Refusal

Names = list[str] | str | None

ALLOWED = "a list of names, one text with | ; or commas between them, or null"
AROUND_A_NAME = 4  # characters in a text: two quotes, a comma and a space


def most_text(limits: Limits) -> int:
    """Characters of a text that holds as many names as are taken, each as long as may be."""
    return limits.people * (limits.name_characters + AROUND_A_NAME)


def read_names(field: str, given: Names, limits: Limits) -> tuple[str, ...]:
    """The names that a field holds, without blanks around them.

    Raises:
        Refusal: 422, for too many, for one that is too long, or for a text that only looks like a list.
    """
    most, longest = limits.people, limits.name_characters
    # first: what is inside a text is not counted before it is parsed
    if isinstance(given, str) and len(given) > most_text(limits):
        raise _refused(field, "too_long", f"{len(given):,} characters; allowed are {most_text(limits):,}")
    try:
        names = several({field: given}, field)
    except FieldError as error:
        raise _refused(
            field, "unreadable", f"it begins with [ and is no list of names in JSON; allowed: {ALLOWED}"
        ) from error
    told = given if isinstance(given, list) else names  # blanks in a list count, as its schema has it
    if len(told) > most:
        raise _refused(field, "too_many", f"{len(told):,} names; allowed are {most:,}: leave out the last")
    length = max(map(len, told), default=0)
    if length > longest:
        raise _refused(field, "too_long", f"a name of {length:,} characters; allowed are {longest:,}")
    return names


def _refused(field: str, why: str, what: str) -> Refusal:
    return Refusal(422, f"{field}_{why}", f"{field}: {what}")
