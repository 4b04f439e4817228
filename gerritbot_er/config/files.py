"""What can be wrong with the files, secrets and authorities that settings name; looks at files only."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gerritbot_er.errors import Misconfigured
from gerritbot_er.secret import read_secret

Place = tuple[str | int, ...]
_READABLE_BY_OTHERS = 0o004
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, or (``mild``) one that works and is better changed; ``path`` leads to its key."""

    path: Place
    message: str
    remedy: str
    mild: bool = False


def file_findings(path: Place, file: Path) -> Iterator[Finding]:
    """Nothing where the file can be read."""
    try:
        with file.open("rb"):
            pass
    except FileNotFoundError:
        yield Finding(path, f"{dotted(path)}: there is no file {file}", "put it there, or name the right one")
    except IsADirectoryError:
        yield Finding(path, f"{dotted(path)}: {file} is a directory", "name a file in it")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        yield Finding(path, f"{dotted(path)}: {file} cannot be read: {why}", "let our user read it")


def secret_file_findings(path: Place, file: Path) -> Iterator[Finding]:
    """Nothing where it can be read by us, and not by everybody."""
    missing = list(file_findings(path, file))
    yield from missing
    if not missing and file.stat().st_mode & _READABLE_BY_OTHERS:
        yield Finding(path, f"{dotted(path)}: {file} can be read by every user", f"chmod o-rwx {file}", mild=True)


def ca_file_findings(path: Place, file: Path | None) -> Iterator[Finding]:
    """Nothing where it holds certificates, or none is named."""
    if file is None:
        return
    missing = list(file_findings(path, file))
    yield from missing
    if missing:
        return
    try:
        ssl.create_default_context(cafile=str(file))
    except OSError:  # ssl.SSLError is one
        yield Finding(path, f"{dotted(path)}: {file} holds no certificates", "give a file of PEM certificates")


def secret_findings(part: Place, name: str, owner: object, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The secret named by ``<name>_file`` or ``<name>_env``."""
    file: Path | None = getattr(owner, f"{name}_file")
    variable: str | None = getattr(owner, f"{name}_env")
    if file is not None and variable is not None:
        place = (*part, f"{name}_env")
        yield Finding(place, f"{dotted(part)} has both {name}_file and {name}_env", "keep one of them")
        return
    if file is not None:
        place = (*part, f"{name}_file")
        missing = list(secret_file_findings(place, file))
        yield from missing
        if missing:
            return
    try:
        read_secret(file, variable, environ)
    except Misconfigured as error:
        place = (*part, f"{name}_file" if file is not None else f"{name}_env")
        message, _, remedy = str(error).partition("; ")
        yield Finding(place, f"{dotted(place)}: {message}", remedy)


def has_secret(name: str, owner: object) -> bool:
    """Whether ``<name>_file`` or ``<name>_env`` names one."""
    return getattr(owner, f"{name}_file") is not None or getattr(owner, f"{name}_env") is not None


def dotted(path: Place) -> str:
    """The path to a key in words."""
    return ".".join(map(str, path))
