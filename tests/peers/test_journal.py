"""What the journal tells of a daemon's life: its start, what it leaves out, what it said, and its end."""

import re
import signal

from gerritbot_er import __version__
from tests.peers.daemon_child import child
from tests.peers.daemon_running import site

ROW = re.compile(r"^\S+ \S+ (\w+) +\S+ \S+: (.*)$")
"""When, level, worker, module, words."""


def test_the_journal_tells_of_a_life_in_order_and_of_each_thing_once() -> None:
    with site() as at:
        own = at.folder / "own"
        own.mkdir()
        (own / "pull.yaml").write_text('query: message:"toomanyrequests"\n')
        (own / "bad.yaml").write_text("query: a AND\n")
        at.settings(signatures={"directories": [str(own)]})
        config = at.folder / "state.yaml"
        with child(config) as daemon:
            change = at.fail()
            at.await_comment(change)
            daemon.await_log(f" posted on change {change}, patch set 1")
            daemon.command("pause")
            daemon.await_log("paused: ")
            daemon.command("resume")
            daemon.await_log("resumed: ")
            daemon.send(signal.SIGHUP)
            daemon.await_log("signature left out: ", times=2)
            daemon.send(signal.SIGTERM)
            assert daemon.ended() == 0
            rows = [found for found in map(ROW.match, daemon.log().splitlines()) if found]
            assert len(rows) == len(daemon.log().splitlines()), "nothing is told outside of the log's form"
            ((case,),) = daemon.rows("SELECT id FROM cases")
        told = [f"{row[1]} {row[2]}" for row in rows]
        bad = next(one for one in told if "bad.yaml" in one)
        assert bad.startswith(f"ERROR signature left out: {own}/bad.yaml:1:13: query: something must follow AND; ")
        assert told == [
            f"INFO gerritbot-er {__version__} starts; configuration {config}, state {at.folder}/state",
            bad,
            *[one for one in told if one.startswith("INFO listening to ")],
            f"INFO case {case}, example/widgets {change},1: explained; comment",
            f"INFO comment of case {case} posted on change {change}, patch set 1",
            "INFO paused: nothing is posted until it is resumed",
            "INFO resumed: what waited is posted",
            bad,
            "INFO asked to end: what is under way is finished first",
        ]
