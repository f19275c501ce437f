"""Unpacking what was fetched, without trusting what is in it."""

import gzip
import tarfile
import zlib
from pathlib import Path

from cinefuse.errors import FetchError, StorageError
from cinefuse.progress import track


def unpack(archive: Path, directory: Path) -> None:
    """Unpacks a .tar.gz; members that would land elsewhere are refused.

    Raises:
        FetchError: if it is damaged or holds such members.
        StorageError: if the disk says no.
    """
    if not hasattr(tarfile, "data_filter"):  # Python before 3.11.4
        raise FetchError(
            f"{archive}: this Python cannot unpack it safely; run: tar -xzf {archive} -C {directory}"
        )
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in track(iter(tar), f"unpacking {archive.name}"):
                tar.extract(member, directory, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FetchError(f"{archive}: {error}; delete it and fetch it again") from error
    except OSError as error:
        raise StorageError(
            f"{directory}: {error.strerror or error}; unpack {archive.name} again later"
        ) from error
