"""The ``mcp`` command: lets an assistant ask why jobs failed, over the Model Context Protocol on stdin and stdout."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from gerritbot_er.clock import SystemClock
from gerritbot_er.errors import Misconfigured
from gerritbot_er.mcp_server.condition import Daemon
from gerritbot_er.mcp_server.tool import Room
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.live_library import LiveLibrary
from gerritbot_er.state import (
    StoredBugs,
    StoredRecords,
    StoredStatistics,
    is_locked,
    open_sightings,
    open_state,
    stored_dependencies,
)
from gerritbot_er.web.sources import Stored

from . import common

_EXAMPLE = """\b
Example:
  gerritbot-er mcp -c /etc/gerritbot-er/config.yaml
"""


@click.command(epilog=_EXAMPLE)
@common.with_config
def mcp(config: Path) -> None:
    """Let an assistant ask why jobs failed.

    An assistant that speaks the Model Context Protocol starts this command and asks on its stdin; it ends when that is
    closed.  It reads what the daemon has recorded, changes nothing, and asks nobody.
    """
    settings = common.read_config(config)
    common.set_up_log("WARNING")
    if find_spec("mcp") is None:
        raise Misconfigured(
            f"the package mcp is not installed; in the source of gerritbot-er: {sys.executable} -m pip install '.[mcp]'"
        )
    from gerritbot_er.mcp_server.serving import serve  # noqa: PLC0415 - the package may be missing

    readers = _Readers(settings)
    with readers.room():
        pass  # what cannot be read is told now, where a person looks
    serve(readers.room)


class _Readers:
    """Opens the state anew for each call, so that nothing is held open between them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = SystemClock()

    @contextmanager
    def room(self) -> Iterator[Room]:
        """What tools read, as it is now: signatures too, which may have changed since."""
        settings = self._settings
        with open_state(settings.state, create=False) as state:
            daemon = Daemon(is_locked(settings.state), stored_dependencies(state))
        live_library = LiveLibrary(settings.signatures.directories, settings.signatures.bug_url)
        with open_sightings(settings.state, create=False) as sightings:
            stored = Stored(
                settings=settings,
                records=StoredRecords(settings.state),
                statistics=StoredStatistics(settings.state, settings.public_projects),
                bugs=StoredBugs(sightings),
                library=lambda: live_library.library,
                clock=self._clock,
            )
            yield Room(stored, daemon)
