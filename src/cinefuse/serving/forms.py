"""Forms with files (multipart/form-data), from a body that is in memory already."""

from collections.abc import Sequence

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from cinefuse.serving.refusal import Refusal

SEVERAL = dict.fromkeys(("director", "cast"), ", several names with commas between them")
MAX_BOUNDARY = 70  # bytes, as RFC 2046 has it


class _Parts:
    """Gathers the fields of one form as its parser comes upon them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.fields: dict[str, bytes] = {}
        self.whole = False
        self._names = names
        self._header: list[bytearray] = [bytearray(), bytearray()]
        self._disposition: bytes | None = None
        self._data = bytearray()

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._disposition, self._data = None, bytearray()

    def _end_header(self) -> None:
        name, value = map(bytes, self._header)
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = [bytearray(), bytearray()]

    def _end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name not in self._names:
            raise Refusal(
                422, "film_invalid", f"form: a field that is not known; allowed: {', '.join(self._names)}"
            )
        if name in self.fields:
            raise Refusal(422, "film_invalid", f"{name}: given twice; allowed is once{SEVERAL.get(name, '')}")
        # a browser sends a file field that was left empty as a file without name and without bytes
        if self._data or options.get(b"filename") != b"":
            self.fields[name] = bytes(self._data)

    def _finish(self) -> None:
        self.whole = True


def read_form(body: bytes, content_type: str, names: Sequence[str]) -> dict[str, bytes]:
    """The fields of a form, by name; those that were left out are not in it.

    Raises:
        Refusal: 400 if it is no form, or not a whole one; 422 for a field that is not one of `names`.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= MAX_BOUNDARY:
        raise Refusal(400, "form_invalid", "Content-Type: multipart/form-data without a boundary")
    parts = _Parts(names)
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
    except FormParserError as error:
        raise Refusal(400, "form_invalid", "the body is not a form with that boundary") from error
    if not parts.whole:
        raise Refusal(400, "form_invalid", "the form ends before its last boundary")
    return parts.fields
