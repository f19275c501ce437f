"""Reading MM-IMDb's metadata.npy: a NumPy file whose one object is a pickled dict.

Unpickling can run code, so this unpickler builds nothing but plain containers, strings, numbers and NumPy
arrays; whatever else the file asks for is refused by name.
"""

import codecs
import pickle
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from cinefuse.errors import CorpusError

ADVICE = (
    "allowed: plain containers, strings, numbers and NumPy arrays; "
    "take metadata.npy from where the HDF5 is from"
)


def read_plain_npy(path: Path) -> object:
    """The one object in a .npy file, if it is plain data.

    Raises:
        CorpusError: if there is no such file, it is no .npy file, or it holds anything but plain data.
    """
    try:
        with path.open("rb") as file:
            return _load(file)
    except FileNotFoundError as error:
        raise CorpusError(
            f"{path}: no such file; MM-IMDb's HDF5 keeps its words in it: put it beside the HDF5 "
            "(`cinefuse corpus fetch mmimdb DIR --what hdf5` downloads both)"
        ) from error
    except pickle.UnpicklingError as error:
        raise CorpusError(f"{path}: {error}; {ADVICE}") from error
    except Exception as error:
        # a damaged pickle raises nearly anything
        problem = error or type(error).__name__
        raise CorpusError(f"{path}: damaged, or no .npy file: {problem}; {ADVICE}") from error


def _load(file: IO[bytes]) -> object:
    version = np.lib.format.read_magic(file)
    first = version == (1, 0)
    read_header = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    _, _, dtype = read_header(file)
    if not dtype.hasobject:
        raise pickle.UnpicklingError(f"it holds an array of {dtype}, not a dictionary of words")
    content = _PlainUnpickler(file).load()
    return content.item() if isinstance(content, np.ndarray) and content.shape == () else content


def _empty_array(kind: object, shape: object, _typecode: object) -> Any:
    """What NumPy calls `_reconstruct`: an empty array whose state follows."""
    if kind is not np.ndarray or shape != (0,):
        raise pickle.UnpicklingError(f"it asks for an array of {kind} and shape {shape}")
    return np.ndarray((0,), np.dtype("b"))


def _scalar(dtype: "np.dtype[Any]", data: bytes | str = b"") -> object:
    raw = data.encode("latin1") if isinstance(data, str) else data
    if dtype.hasobject:
        raise pickle.UnpicklingError("it asks for a scalar that is an object")
    return np.frombuffer(raw, dtype, 1)[0]


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """How protocol 2 writes bytes: `_codecs.encode(text, "latin1")`, and no other codec."""
    if codecs.lookup(encoding).name != "iso8859-1":
        raise pickle.UnpicklingError(f"it asks for the codec {encoding}")
    return text.encode("latin1")


_ALLOWED: dict[tuple[str, str], object] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): defaultdict,
    **{
        (f"numpy.{core}.multiarray", name): made
        for core in ("core", "_core")  # before and since NumPy 2
        for name, made in (("_reconstruct", _empty_array), ("scalar", _scalar))
    },
    **{
        (module, kind.__name__): kind
        for module in ("builtins", "__builtin__")  # Python 3 and 2
        for kind in (int, float, str, bytes, bool, complex, list, tuple, dict, set, frozenset, bytearray)
    },
}


class _PlainUnpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, encoding="latin1")  # Python 2's strings

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None
