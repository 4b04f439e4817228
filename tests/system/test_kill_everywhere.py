"""The real daemon beside a real Gerrit, killed at every mark of its way: no case is lost and nothing is said twice."""

import os
import secrets
import sys

import pytest

from . import kill_everywhere
from .servers.gerrit import GerritServer
from .servers.irc import InspIrcd

KILLS = int(os.environ.get("GERRITBOT_ER_KILLS", "20"))


def test_f21_killed_at_every_mark_each_comment_stands_exactly_once(
    gerrit: GerritServer, inspircd: InspIrcd, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = secrets.randbelow(1_000_000)
    tally = kill_everywhere.run(gerrit, inspircd, kill_everywhere.plans(KILLS, seed))
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}\n{tally.table()}\n")
    assert set(tally.ends) == set(kill_everywhere.FAILPOINTS)
    assert tally.broken == 0
