"""The log: a line of JSON for each thing that happened. No plot, poster or query of a user is ever in it."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what a caller gives as `extra={"told": {...}}` becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = told_safely(record.exc_info[1])
        return json.dumps(line)


def told_safely(error: BaseException) -> str:
    """An exception by its kind and its places in the source; its message may repeat what a user wrote."""
    places = traceback.extract_tb(error.__traceback__)[-5:]
    where = " < ".join(
        f"{Path(place.filename).name}:{place.lineno} {place.name}" for place in reversed(places)
    )
    return f"{type(error).__name__} at {where or 'an unknown place'}"


def tell_failure(what: str, error: BaseException, **told: Any) -> None:
    """An error in the log, with where it came from."""
    fields = {"told": {**told, "error": told_safely(error)}}
    logging.getLogger("cinefuse.serving").error(what, extra=fields)


def log_to_stderr() -> None:
    """Sends every log of the process to standard error, as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("cinefuse.serving").setLevel(logging.INFO)
    # it warns of every form that is none; the client is told
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
