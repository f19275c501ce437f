"""What has arrived of a download, and whose beginning it is.

NAME.partial holds the bytes. NAME.partial.json says from which address they are and how its server knew
the file, so that a file that has changed, or another mirror's, is not taken for the rest of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError


class Origin(BaseModel):
    """The file that a server began to send; None where the server did not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    etag: str | None
    modified: str | None
    size: int | None

    @classmethod
    def of(cls, url: str, answer: httpx.Response) -> Self:
        """What an answer says of the whole file, of which it may give a part."""
        headers = answer.headers
        length = None if answer.status_code == 416 else headers.get("Content-Length")
        total = headers["Content-Range"].rpartition("/")[2] if "Content-Range" in headers else length
        return cls(
            url=url,
            etag=headers.get("ETag"),
            modified=headers.get("Last-Modified"),
            size=int(total) if total is not None and total.isdecimal() else None,
        )

    @property
    def validator(self) -> str | None:
        """What If-Range takes: not a weak ETag, which may stand for other bytes."""
        return self.modified if self.etag is None or self.etag.startswith("W/") else self.etag

    def may_be(self, other: "Origin") -> bool:
        """Whether they can be one file, by what both say; every mirror has ETags of its own."""
        same_size = None in {self.size, other.size} or self.size == other.size
        same_tag = self.url != other.url or None in {self.etag, other.etag} or self.etag == other.etag
        return same_size and same_tag


@dataclass(frozen=True)
class Partial:
    """A file on its way.

    Attributes:
        path: NAME.partial.
        checkable: whether a checksum tells in the end that it is the right file: only then is what one
            mirror began ended by another.
    """

    path: Path
    checkable: bool

    @property
    def record(self) -> Path:
        """Where its origin is written down."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def size(self) -> int:
        """In bytes; 0 where there is none yet."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def origin(self) -> Origin | None:
        """None where nobody wrote it down, or not so that it can be read."""
        if not self.record.exists():
            return None
        try:
            return Origin.model_validate_json(self.record.read_bytes())
        except ValidationError:
            return None

    def usable_size(self, url: str) -> int:
        """How much of it a download from `url` may keep."""
        origin = self.origin
        return self.size if self.checkable or (origin is not None and origin.url == url) else 0

    def range_headers(self, url: str) -> dict[str, str]:
        """Asks for what is missing, or for everything if the server's file is no longer the same."""
        if not (have := self.usable_size(url)):
            return {}
        origin = self.origin
        validator = origin.validator if origin is not None and origin.url == url else None
        return {"Range": f"bytes={have}-"} | ({"If-Range": validator} if validator else {})

    def keep_origin(self, origin: Origin) -> None:
        """Writes down whose bytes come now."""
        self.record.write_text(origin.model_dump_json(indent=1), encoding="utf-8")

    def discard(self) -> None:
        """Takes it away, with its record."""
        self.path.unlink(missing_ok=True)
        self.record.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Gives it its name: it is whole."""
        self.path.replace(target)
        self.record.unlink(missing_ok=True)
