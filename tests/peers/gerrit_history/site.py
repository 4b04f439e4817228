"""A Gerrit with its web side on which a CI reports, and what intake makes of what is told of it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gerritbot_er.ci import read_report
from gerritbot_er.gerrit.events import parse_event
from gerritbot_er.gerrit.rest import GerritRest
from gerritbot_er.http_client import Limits
from gerritbot_er.model import Change, CommentAdded, DroppedOutput, Event
from gerritbot_er.sandbox import gson
from gerritbot_er.settings import CI
from gerritbot_er.triage.cases import case_key
from tests.peers.gerrit_running import US, World, world
from tests.peers.gerrit_web import GerritWeb
from tests.peers.gerrit_web import rest as opened_rest

ZUUL = CI(name="zuul", kind="zuul", account="zuul", log_store="logs", web="https://zuul.example.org", tenant="example")
FAILED = """\
Build failed (check pipeline).

https://zuul.example.org/t/example/buildset/{number:032x}

- unit https://zuul.example.org/t/example/build/{number:032x} : FAILURE in 1m 03s
- ünïcode 😀 \u202e\x85 https://zuul.example.org/t/example/build/9{number:031x} : NODE_FAILURE in 0s (non-voting)
"""
QUICK = Limits(connect=2, silence=1, total=2, grace=0.5, rate=1000, packed=200_000, plain=200_000)


class Site(World):
    """The Gerrit with its web side; ``now`` is the Gerrit's clock."""

    def __init__(self, gerrit_world: World, web: GerritWeb) -> None:
        self.gerrit, self.folder, self.change = gerrit_world.gerrit, gerrit_world.folder, gerrit_world.change
        self.web = web

    def fail(self, number: int, change: int | None = None, patchset: int | None = None) -> None:
        on = self.change if change is None else change
        self.gerrit.comment("zuul", on, FAILED.format(number=number), patchset=patchset, votes={"Verified": -1})

    @property
    def streamed(self) -> list[Event]:
        parsed = (parse_event(gson.line(event).rstrip(b"\n")) for event in self.gerrit.events)
        return [event for event in parsed if event]


@contextmanager
def opened_site(folder: Path) -> Iterator[Site]:
    with world(folder) as opened:
        opened.gerrit.add_account("zuul", name="Zuul", votes=frozenset({"Verified"}))
        web = GerritWeb(opened.gerrit, US)
        try:
            yield Site(opened, web)
        finally:
            web.server.close()


@contextmanager
def rest_of(site: Site) -> Iterator[GerritRest]:
    with opened_rest(site.web.settings(site.settings()), time.monotonic) as opened:
        yield opened


def reports(events: Sequence[Event]) -> list[tuple[str, int, str | None, Change]]:
    """What intake makes of them: of each report its case's key, patch set and pipeline, and the change beside it."""
    said = (event for event in events if isinstance(event, CommentAdded) and event.author == "zuul")
    found = (read_report(event, ZUUL) for event in said)
    return sorted(
        {
            (case_key(one), one.patchset, one.pipeline, replace(one.change, private=False, open=True))
            for one in found
            if one
        },
        key=str,
    )


def changes_of(events: Sequence[Event]) -> list[Change]:
    return [event.change for event in events if not isinstance(event, DroppedOutput)]
