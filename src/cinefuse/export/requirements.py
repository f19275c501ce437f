"""What a machine that predicts with an export needs, of the versions that are installed here."""

from importlib.metadata import version

# what `predict` and `tag` import; an absent torch is the point of it
PREDICTING = (
    "filelock",
    "numpy",
    "onnxruntime",
    "pillow",
    "pyarrow",
    "pydantic",
    "rich",
    "scipy",
    "tokenizers",
    "typer",
)
SERVING = ("fastapi", "prometheus-client", "python-multipart", "uvicorn")
MAKING = ("onnx", "onnxruntime", "onnxscript", "torch")
INSTALL = "pip install -r requirements.txt && pip install --no-deps cinefuse"


def requirements() -> str:
    """The lines of requirements.txt: nothing older than what is here, and no other major version.

    Example:
        >>> print(requirements().splitlines()[-1][:7])
        typer~=
    """
    lines = [f"{package}~={_minor(version(package))}" for package in PREDICTING]
    serving = f"# to serve as well: pip install {' '.join(SERVING)}"
    return "\n".join((f"# {INSTALL}", serving, *lines)) + "\n"


def made_with() -> dict[str, str]:
    """Package -> version, of what an export is made with."""
    return {package: version(package) for package in MAKING}


def _minor(full: str) -> str:
    """The first two numbers of a version.

    Example:
        >>> _minor("2.13.0+cpu")
        '2.13'
    """
    return ".".join(full.partition("+")[0].split(".")[:2])
