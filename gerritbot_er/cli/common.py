"""What commands share: the configuration option, the state of a running daemon, durations, the log."""

import logging
import sys
from pathlib import Path
from typing import Any

import click

from gerritbot_er.config import DEFAULT_PATH, load
from gerritbot_er.known_secrets import DiscreetFormatter
from gerritbot_er.settings import Settings, duration

with_config = click.option(
    "-c",
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_PATH,
    show_default=True,
    help="The configuration file.",
)
with_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


LONGEST = 36_500 * 86_400.0
"""Seconds of a duration: no calendar has the day on which a longer one may end."""


class Duration(click.ParamType[float]):
    """``30s``, ``10m``, ``2h``, ``7d`` as seconds, more than none; a number alone is none, as days may be meant."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        seconds = duration(str(value))
        if not seconds or str(value).strip()[-1].isdigit():
            self.fail(f"{value!r} is no duration; write 30s, 10m, 2h or 7d", param, ctx)
        if seconds > LONGEST:
            self.fail(f"{value!r} is longer than a hundred years; write less", param, ctx)
        return seconds


class SignatureName(click.ParamType[str]):
    """The name of a signature, which is that of its file without ".yaml"."""

    name = "signature"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        if not value or not str(value).isprintable():
            self.fail(f"{value!r} is no name of a signature; give that of its file without .yaml", param, ctx)
        return str(value)


def is_file(text: str) -> bool:
    """Whether this names a file; what else a command takes may be too long for a path, or hold a NUL."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def is_folder(text: str) -> bool:
    """Whether this names a folder; see ``is_file``."""
    try:
        return bool(text) and Path(text).is_dir()
    except (OSError, ValueError):
        return False


def meant_as_file(text: str) -> bool:
    """Whether this is hardly anything else than the name of a signature file."""
    return text.endswith((".yaml", ".yml")) and not any(character in text for character in ' :"')


def read_config(path: Path) -> Settings:
    """The settings; Misconfigured with every error in the file."""
    return load(path)


def set_up_log(level: str) -> None:
    """Log to stderr; libraries that print what passes over the wire stay at WARNING whatever the level is.

    Those of clusters are heard only of errors: they warn of each request that fails, with a traceback, and raise it as
    well, and it is told once, by what becomes of it.  So is the page server: it warns of each visitor who has to wait.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)-7s %(threadName)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("paramiko", "irc", "urllib3", "jaraco"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("elastic_transport", "elasticsearch", "opensearch", "waitress"):
        logging.getLogger(name).setLevel(logging.ERROR)
