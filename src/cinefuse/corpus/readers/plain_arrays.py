"""Arrays and scalars from a pickle that nobody vouches for: what `plain_pickle` has instead of NumPy's own.

NumPy's dtype takes its flags from the pickle (an object field that says it is none becomes a pointer from
the file), and its arrays of objects do not count the list that they are filled from. So a dtype here is a
simple one, made from its code alone, and an array's size is checked before NumPy sees its content.
"""

import pickle
import re
from typing import Any

import numpy as np

# booleans, numbers, objects (O4 and O8 by the machine that wrote them), and text of a sane length
SIMPLE = re.compile(r"b1|[iu][1248]|f[248]|c8|c16|O[48]?|[SU][1-9]\d{0,5}")


class _PlainDtype:
    """A simple dtype; its state may say the byte order, and nothing more is taken from it."""

    def __init__(self, code: str) -> None:
        self.dtype: np.dtype[Any] = np.dtype(code)

    def __setstate__(self, state: object) -> None:
        match state:
            case (_, "<" | ">" | "=" | "|" as order, None, None, None, *_):
                self.dtype = self.dtype.newbyteorder(order)
            case _:
                raise pickle.UnpicklingError("it asks for a dtype of several parts")


class _PlainArray(np.ndarray[Any, Any]):
    def __setstate__(self, state: Any, /) -> None:
        _, shape, dtype, in_columns, data = state
        if not isinstance(dtype, _PlainDtype):
            raise pickle.UnpicklingError("it asks for an array without a dtype")
        kind = dtype.dtype
        if kind.hasobject:
            size = len(data) if type(data) is list else None
        else:
            data = _raw(data)
            size = len(data) // kind.itemsize
        if size is None:
            raise pickle.UnpicklingError(f"it asks for an array of objects from {type(data).__name__}")
        fitting = np.empty(size, kind).reshape(shape)  # refuses any shape that is not of this size
        # NumPy's stub asks for a numpy.bool, NumPy for an int
        super().__setstate__((1, fitting.shape, kind, bool(in_columns), data))  # type: ignore[arg-type]


def plain_dtype(code: object, *_how: object) -> _PlainDtype:
    """What `numpy.dtype` in a pickle becomes."""
    if not isinstance(code, str) or not SIMPLE.fullmatch(code):
        shown = f"{code!r:.60}" if isinstance(code, str) else type(code).__name__
        raise pickle.UnpicklingError(f"it asks for a dtype of {shown}")
    return _PlainDtype("O" if code[0] == "O" else code)


def refuse_bare_array(*_given: object) -> None:
    """What `numpy.ndarray` in a pickle becomes: a name for `empty_array`, never called itself."""
    raise pickle.UnpicklingError("it asks for an array of its own making")


def empty_array(kind: object, shape: object, *_typecode: object) -> _PlainArray:
    """What NumPy calls `_reconstruct`: an empty array whose state follows."""
    if kind is not refuse_bare_array or shape != (0,):
        raise pickle.UnpicklingError("it asks for an array that is not empty, or of another kind")
    return _PlainArray((0,), np.dtype("b"))


def scalar(dtype: object, *data: object) -> object:
    """A number or a text with a NumPy type."""
    if not isinstance(dtype, _PlainDtype) or dtype.dtype.hasobject or len(data) != 1:
        raise pickle.UnpicklingError("it asks for a scalar that is no number and no text")
    return np.frombuffer(_raw(data[0]), dtype.dtype, 1)[0]


def _raw(data: object) -> bytes:
    if isinstance(data, str):
        return data.encode("latin1")  # Python 2's bytes
    if isinstance(data, bytes):
        return data
    raise pickle.UnpicklingError(f"it asks for numbers from {type(data).__name__}")
