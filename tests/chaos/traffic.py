"""What happens on Gerrit in a month: changes and what people and CIs say on them, made from the seed or recorded."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import orjson

from .gerrit import Gerrit
from .timeline import DAY, HOUR, MINUTE, Timeline
from .weather import CALM_FROM

EVENTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "events"
ZUUL, JENKINS = "zuul", "jenkins"
FIRST = 30 * MINUTE
LAST = CALM_FROM - 6 * HOUR
_ZUUL_WEB = "https://zuul.example.org/t/example"
_PROJECTS = ("example/loud", "example/loud", "example/loud", "example/shadow", "example/off")
_RESULTS = ("FAILURE", "FAILURE", "FAILURE", "SUCCESS", "TIMED_OUT", "NODE_FAILURE", "POST_FAILURE", "SKIPPED")
_REPORT, _HUMAN, _UPLOAD, _CLOSE, _RESTORE = range(5)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded year of one Gerrit; ``account`` is its CI's, of that ``kind``."""

    file: str
    account: str
    kind: str


RECORDINGS = (
    Recording("replay_opendev_zuul_2014_zuulv2.jsonl.gz", "jenkins", ZUUL),
    Recording("replay_rdo_ci-config_2021.jsonl.gz", "user499", ZUUL),
    Recording("replay_fdio_csit_2022_jenkins.jsonl.gz", "user5", JENKINS),
)


def recording_of(seed: int) -> Recording | None:
    """Every third month is one of a recorded year, where the recordings are present."""
    if seed % 3 != 2:
        return None
    recording = RECORDINGS[seed // 3 % len(RECORDINGS)]
    return recording if (EVENTS / recording.file).exists() else None


# -- recorded


@cache
def _year(file: str) -> Sequence[bytes]:
    with gzip.open(EVENTS / file) as lines:
        return tuple(lines)


def play(recording: Recording, gerrit: Gerrit, timeline: Timeline, chance: Random) -> None:
    """A part of the recorded year in its order; its days pass faster or slower, so that it fills the month."""
    year = _year(recording.file)
    number = chance.randint(150, 450)
    start = chance.randrange(len(year) - number)
    events = [orjson.loads(line) for line in year[start : start + number]]
    first, last = events[0]["eventCreatedOn"], events[-1]["eventCreatedOn"]
    pace = (LAST - FIRST) / max(1, last - first)
    for event in events:
        at = FIRST + (event["eventCreatedOn"] - first) * pace
        timeline.at(at, lambda event=event: _happen(gerrit, event))  # type: ignore[misc]


def _happen(gerrit: Gerrit, event: dict[str, object]) -> None:
    told = event["change"]
    assert isinstance(told, dict)
    kind, number = event["type"], told["number"]
    patchset = event.get("patchSet")
    wanted = patchset["number"] if isinstance(patchset, dict) else 1
    change = gerrit.changes.get(number) or gerrit.open(number, told["project"], told["branch"], wanted)
    while change.patchset < wanted:
        gerrit.upload(change)
    if kind == "comment-added":
        author = event["author"]
        assert isinstance(author, dict)
        gerrit.comment(change, wanted, str(author.get("username")), str(event["comment"]))
    elif kind in ("change-merged", "change-abandoned") and change.closed is None:
        gerrit.close(change, "MERGED" if kind == "change-merged" else "ABANDONED")
    elif kind == "change-restored" and change.closed is not None:
        gerrit.restore(change)


# -- made


def busy_hours(chance: Random) -> tuple[float, ...]:
    """When most of it begins."""
    return tuple(chance.uniform(2 * HOUR, LAST - DAY) for _ in range(chance.randint(2, 5)))


def invent(gerrit: Gerrit, timeline: Timeline, chance: Random, busy: Sequence[float]) -> None:
    """Some changes, each with its patch sets, reports of both CIs, rechecks and people."""
    for number in range(1001, 1001 + chance.randint(25, 70)):
        begin = chance.choice(busy) + chance.uniform(0, HOUR) if chance.random() < 0.7 else chance.uniform(FIRST, LAST)
        project = chance.choice(_PROJECTS)
        timeline.at(begin, lambda number=number, project=project: _open(gerrit, number, project))  # type: ignore[misc]
        at = begin
        for _ in range(chance.choice((1, 1, 2, 2, 3, 4, 15))):
            at += chance.choice((chance.expovariate(1 / (20 * MINUTE)), chance.expovariate(1 / DAY)))
            if at < LAST:
                timeline.at(at, _step(gerrit, number, chance))


def _open(gerrit: Gerrit, number: int, project: str) -> None:
    gerrit.open(number, project)


def _step(gerrit: Gerrit, number: int, chance: Random) -> Callable[[], None]:
    """One thing that happens on a change; drawn now, so that no fault changes what is drawn later."""
    what = chance.choices((_REPORT, _HUMAN, _UPLOAD, _CLOSE, _RESTORE), (70, 12, 10, 5, 3))[0]
    author, text = _report(chance) if what == _REPORT else ("author", "recheck, see - unit https://x/ : FAILURE in 1s")
    older, ending = chance.random() < 0.05, chance.choice(("MERGED", "ABANDONED"))

    def do() -> None:
        change = gerrit.changes[number]
        if what in (_REPORT, _HUMAN):
            gerrit.comment(change, max(1, change.patchset - older), author, text)
        elif what == _UPLOAD and change.closed is None:
            gerrit.upload(change)
        elif what == _CLOSE and change.closed is None:
            gerrit.close(change, ending)
        elif what == _RESTORE and change.status == "ABANDONED":
            gerrit.restore(change)

    return do


def _report(chance: Random) -> tuple[str, str]:
    """What a CI says, and which."""
    luck = chance.random()
    if luck < 0.08:
        return ZUUL, "Starting check jobs."
    if luck < 0.14:
        return ZUUL, "Merge Failed.\n\nThis change or one of its cross-repo dependencies was unable to be merged."
    if luck < 0.18:
        return ZUUL, "This change depends on a change that failed to merge.\n"
    if luck < 0.6:
        return ZUUL, _zuul(chance)
    return JENKINS, _jenkins(chance)


def _zuul(chance: Random) -> str:
    lines = []
    bad = False
    for number in range(chance.randint(1, 5)):
        result, voting, uuid = chance.choice(_RESULTS), chance.random() < 0.8, f"{chance.getrandbits(128):032x}"
        bad = bad or (voting and result not in ("SUCCESS", "SKIPPED"))
        tail = "" if result in ("NODE_FAILURE", "SKIPPED") else " in 4m 05s"
        lines.append(f"- job-{number} {_ZUUL_WEB}/build/{uuid} : {result}{tail}{'' if voting else ' (non-voting)'}")
    opening = "Build failed (check pipeline)." if bad else "Build succeeded (check pipeline)."
    return "\n".join([opening, "", f"{_ZUUL_WEB}/buildset/{chance.getrandbits(128):032x}", "", *lines, ""])


def _jenkins(chance: Random) -> str:
    paragraphs = []
    bad = False
    for number in range(chance.randint(1, 3)):
        result = chance.choice(("FAILURE", "UNSTABLE", "SUCCESS", "ABORTED"))
        bad = bad or result != "SUCCESS"
        paragraphs.append(f"https://jenkins.example.org/job/unit-{number}/{chance.randrange(10**9)}/ : {result}")
    return "\n\n".join(["Build Failed " if bad else "Build Successful ", *paragraphs])
