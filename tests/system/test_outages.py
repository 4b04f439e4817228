"""Gerrit, Elasticsearch and the IRC server are stopped for a while under load: everything is answered afterwards."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from .load import Load, load
from .servers.gerrit import GerritServer
from .servers.irc import InspIrcd
from .servers.irc_listener import IrcListener
from .servers.search import SearchServer
from .site import NeverSeen, Site, eventually, site

MEANWHILE = 3
"""Reports that are made during an outage, where Gerrit takes any."""
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One that can be stopped and started, on its own port; ``name`` is what the daemon calls it."""

    name: str
    stop: Callable[[], None]
    start: Callable[[], None]


@dataclass(slots=True)
class World:
    """The daemon at work under load, the channel's ears, and what recovering took so far."""

    site: Site
    load: Load
    gerrit: GerritServer
    elasticsearch: SearchServer
    inspircd: InspIrcd
    heard: list[IrcListener]
    rows: list[str] = field(default_factory=list)

    def peers(self) -> tuple[Peer, Peer, Peer]:
        return (
            Peer("stream", self.gerrit.stop, self.gerrit.start),
            Peer("log store logs", self.elasticsearch.stop, self.elasticsearch.start),
            Peer("irc", self.inspircd.stop, self._start_irc),
        )

    def _start_irc(self) -> None:
        self.inspircd.start()
        self.heard.append(self.inspircd.listen("ear", self.site.channel))

    def states(self) -> dict[str, str]:
        """What ``status`` says of each dependency."""
        said = json.loads(self.site.run("status", "--json"))["dependencies"]
        return {one["name"]: one["state"] for one in said}

    def answered(self, count: int) -> bool:
        """Whether the first so many reports are answered and nothing of them waits."""
        done = {change for (change,) in self.site.rows(_ANSWERED)}
        return {one.change.number for one in self.load.reports[:count]} <= done

    def await_answered(self, what: str, count: int) -> None:
        """Returns when ``answered``; NeverSeen tells what became of the reports that are not."""
        try:
            eventually(what, lambda: self.answered(count), PATIENCE)
        except NeverSeen as late:
            open_ = self.site.rows("SELECT id, change, document FROM cases WHERE stage = 'open'")
            unsent = self.site.rows("SELECT * FROM outbox WHERE stage IN ('pending', 'sending')")
            missing = {one.change.number for one in self.load.reports[:count]}
            missing -= {change for (change,) in self.site.rows("SELECT change FROM cases")}
            tail = self.site.process.log_tail()
            raise NeverSeen(
                f"{late}; no case of {missing}; open: {open_}; to be sent: {unsent}; its log:\n{tail}"
            ) from late


_ANSWERED = """
    SELECT change FROM cases WHERE stage = 'done' AND change NOT IN
    (SELECT change FROM outbox WHERE stage IN ('pending', 'sending'))
"""


@pytest.fixture(scope="module")
def world(
    gerrit: GerritServer, elasticsearch: SearchServer, inspircd: InspIrcd, pytestconfig: pytest.Config
) -> Iterator[World]:
    store = {"kind": "elasticsearch", "url": elasticsearch.url}
    quick = {"waiting": {"poll": "0.5s"}, "speaking": {"proof": "2s", "rest_after_start": "1s", "per_hour": 100_000}}
    with site(gerrit, store=store, irc=inspircd, **quick) as made:
        made.start()
        with load(gerrit, elasticsearch, made.project) as running:
            assert made.ear is not None
            eventually("the load has begun", lambda: len(running.reports) >= MEANWHILE)
            yield (found := World(made, running, gerrit, elasticsearch, inspircd, [made.ear]))
            for ear in found.heard[1:]:
                ear.close()
        table = [f"{'stopped':28}  for s  reports meanwhile  working again after s  all answered after s", *found.rows]
        with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            sys.stdout.write("\n" + "\n".join(table) + "\n")


def test_f03_gerrit_restarts_under_load(world: World) -> None:
    stream, _, _ = world.peers()
    outage(world, [stream])


def test_f13_elasticsearch_is_down_under_load(world: World) -> None:
    _, store, _ = world.peers()
    outage(world, [store])


def test_f37_comments_go_on_while_irc_is_dead(world: World) -> None:
    _, _, irc = world.peers()
    with stopped(world, [irc]):
        count = len(world.load.reports) + MEANWHILE
        world.await_answered("reports are answered without IRC", count)


def test_all_of_them_are_stopped_together(world: World) -> None:
    stream, store, irc = world.peers()
    outage(world, [store, irc, stream])  # a store is asked, and so missed, only while there are reports


def test_in_the_end_each_report_has_one_comment_and_at_most_one_notice(world: World) -> None:
    world.load.stop()
    reports = world.load.reports
    world.await_answered("everything is answered", len(reports))
    assert world.site.rows("SELECT change, count(*) FROM cases GROUP BY change HAVING count(*) > 1") == []
    assert {len(world.site.comments(one.change)) for one in reports} == {1}
    assert world.site.process.running()
    said = Counter(line for ear in world.heard for line in ear.said(world.site.channel))
    assert set(said.values()) == {1}


def outage(world: World, peers: Sequence[Peer]) -> None:
    """Stop these peers, see that ``status`` names them, start them, and wait until everything is answered."""
    with stopped(world, peers):
        if all(peer.name != "stream" for peer in peers):
            before = len(world.load.reports)
            eventually("reports meanwhile", lambda: len(world.load.reports) >= before + MEANWHILE)


@contextmanager
def stopped(world: World, peers: Sequence[Peer]) -> Iterator[None]:
    """These peers are away for the time of a ``with`` block and some seconds more; then the recovery is measured."""
    before, began = len(world.load.reports), time.time()
    away: set[str] = set()
    try:
        for peer in peers:
            peer.stop()
            away.add(peer.name)
            eventually(f"status says that {away} do not work", lambda: degraded(world.states()) >= away)
        yield
    finally:
        for peer in peers:
            if peer.name in away:
                peer.start()
    back = time.time()
    made = len(world.load.reports)
    eventually("all work again", lambda: degraded(world.states()).isdisjoint(away), PATIENCE)
    working = time.time()
    world.await_answered("all are answered", made + 1)
    names = " + ".join(peer.name for peer in peers)
    world.rows.append(
        f"{names:28}  {back - began:5.1f}  {made - before:17}  {working - back:21.1f}  {time.time() - back:20.1f}"
    )


def degraded(states: dict[str, str]) -> set[str]:
    """The dependencies that do not work."""
    return {name for name, state in states.items() if state != "working"}
