"""What the service says no with: a status, a code that programs test, a message that people read."""

import math

RETRY_SECONDS = 1  # what a client is told to wait where nothing better is known


class Refusal(Exception):
    """A request, or one film of it, that gets no answer of the kind it asked for.

    Attributes:
        status: of the HTTP answer.
        code: one word, for programs; it does not change with the wording.
        retry_after: whole seconds after which to try again; None where that would not help.
        close: whether the connection ends with the answer, for the rest of the body is not read.
    """

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: float | None = None, close: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = None if retry_after is None else max(1, math.ceil(retry_after))
        self.close = close

    def headers(self) -> dict[str, str]:
        """What goes with the answer beside its body."""
        retry = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return retry | ({"Connection": "close"} if self.close else {})

    def record(self) -> dict[str, dict[str, str]]:
        """The answer's body."""
        return {"error": {"code": self.code, "message": self.message}}


def busy(code: str, message: str, seconds: float = RETRY_SECONDS, *, close: bool = False) -> Refusal:
    """503: too much at once; the same request may be taken later."""
    return Refusal(503, code, f"{message}; try again in a moment", retry_after=seconds, close=close)


def stopping() -> Refusal:
    """503: the service is told to stop and takes nothing new."""
    return busy("stopping", "the service is stopping", close=True)
