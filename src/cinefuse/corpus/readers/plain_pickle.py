"""Reading MM-IMDb's metadata.npy: a NumPy file whose one object is a pickled dict.

Unpickling can run code, so this unpickler builds nothing but plain containers, strings, numbers and NumPy
arrays; whatever else the file asks for is refused by name. NumPy itself believes what a pickle says of a
dtype and of an array's size, and then reads memory that is not the array's: see `plain_arrays`.
"""

import codecs
import pickle
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from cinefuse.corpus.readers.plain_arrays import empty_array, plain_dtype, refuse_bare_array, scalar
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


def _encode(text: str, *encoding: str) -> bytes:
    """How protocol 2 writes bytes: `_codecs.encode(text, "latin1")`, and no other codec."""
    if any(codecs.lookup(name).name != "iso8859-1" for name in encoding):
        raise pickle.UnpicklingError(f"it asks for the codec {', '.join(encoding)}")
    return text.encode("latin1")


def _bytes(*given: object) -> bytes:
    """Bytes of what is there: `bytes(n)` would fill the memory from a number alone."""
    match given:
        case ():
            return b""
        case (bytes(data),):
            return data
        case (str(text), str(encoding)):
            return _encode(text, encoding)
    raise pickle.UnpicklingError(f"it asks for bytes of {', '.join(type(part).__name__ for part in given)}")


def _bytearray(*given: object) -> bytearray:
    return bytearray(_bytes(*given))


# No class of ours is among these: a pickle may set attributes of what it is given.
_ALLOWED: dict[tuple[str, str], object] = {
    ("numpy", "ndarray"): refuse_bare_array,
    ("numpy", "dtype"): plain_dtype,
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): defaultdict,
    **{
        (f"numpy.{core}.multiarray", name): made
        for core in ("core", "_core")  # before and since NumPy 2
        for name, made in (("_reconstruct", empty_array), ("scalar", scalar))
    },
    **{
        (module, name): made
        for module in ("builtins", "__builtin__")  # Python 3 and 2
        for name, made in (
            ("bytes", _bytes),
            ("bytearray", _bytearray),
            *(
                (kind.__name__, kind)
                for kind in (int, float, str, bool, complex, list, tuple, dict, set, frozenset)
            ),
        )
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
