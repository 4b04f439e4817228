"""A secret that no log, traceback or ``repr`` shows: whoever needs the value has to ask for it by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from .errors import Misconfigured
from .known_secrets import remember


class Secret:
    """A password or key; ``str()`` and ``repr()`` say nothing, ``reveal()`` says it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def reveal(self) -> str:
        """The value itself, for the peer alone."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return format("…", spec)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: pass the settings and read it again there")


def read_secret(file: Path | None, variable: str | None, environ: Mapping[str, str]) -> Secret | None:
    """The secret in the file, else in the environment variable; None where neither is named.

    ``Misconfigured`` where the place that is named holds no secret of one line.
    """
    if file is not None:
        try:
            value, place = file.read_text(encoding="utf-8").strip(), str(file)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise Misconfigured(
                f"the secret in {file} cannot be read: {why}; make it a file our user may read"
            ) from None
    elif variable is not None:
        value, place = environ.get(variable, "").strip(), f"the environment variable {variable}"
    else:
        return None
    if not value or not value.isprintable():
        raise Misconfigured(f"{place} holds no secret; write it there, in one line")
    return Secret(value)
