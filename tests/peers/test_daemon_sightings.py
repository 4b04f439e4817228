"""Comments come whatever becomes of the sightings beside them: locked, overwritten, or deleted under the daemon."""

import sqlite3
import time
from contextlib import closing

from gerritbot_er.state import SIGHTINGS_FILE, open_sightings
from tests.peers.daemon_running import Site, eventually, free_port, running, site


def awaited(at: Site) -> float:
    """The seconds from a failure to the comment on it."""
    began = time.monotonic()
    at.await_comment(at.fail())
    return time.monotonic() - began


def test_f40_no_comment_waits_for_sightings_that_cannot_be_written() -> None:
    with site() as at:
        file = at.folder / "state" / SIGHTINGS_FILE
        with running(at.settings(web={"port": free_port()})):
            first = awaited(at)
            with closing(sqlite3.connect(file, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                assert max(awaited(at) for _ in range(3)) < first + 5, "a locked file once cost ten seconds each"
            awaited(at)
            with closing(sqlite3.connect(file)) as db:
                eventually(
                    "what waited is written",
                    lambda: db.execute("SELECT count(*) FROM builds WHERE outcome = 'explained'").fetchone() == (5,),
                )
            file.write_bytes(b"no database any more" * 500_000)
            awaited(at)
            file.unlink()
            awaited(at)
        with open_sightings(at.folder / "state") as anew, anew.reading() as db:
            assert db.execute("SELECT count(*) FROM reports").fetchone()[0] == 0
        with running(at.settings()):
            awaited(at)
