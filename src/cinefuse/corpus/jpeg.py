"""JPEG files that cost more than their pixels: each scan of one goes over the whole picture again."""

import re

MAX_SCANS = 32  # encoders write up to about twelve
MAX_SEGMENTS = 2_000  # a file of ten megabytes, all of it metadata, needs 160

START = b"\xff\xd8\xff"
# what is neither a byte of a picture (FF00) nor a restart within one
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_SCAN, _END, _FIRST_WITH_LENGTH, _AGAIN = 0xDA, 0xD9, 0xC0, 0xD8


def too_many_scans(data: bytes) -> bool:
    """Whether it has more than `MAX_SCANS` scans or `MAX_SEGMENTS` segments, found as libjpeg finds them."""
    scans, at = 0, len(START) - 1
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None or (kind := data[found.end() - 1]) == _END:
            return False
        scans += kind == _SCAN
        if scans > MAX_SCANS:
            return True
        at = found.end()
        if kind >= _FIRST_WITH_LENGTH and kind != _AGAIN:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return True
