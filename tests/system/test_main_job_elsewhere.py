"""Is it my patch?  Real changes on a real Gerrit that fail alike, with a bug and without; outages from begin to end."""

from collections.abc import Iterator
from typing import Any

import pytest

from gerritbot_er.ports import Failpoint
from gerritbot_er.sandbox.ci import Build, SandboxCI

from .failures import fails
from .servers.gerrit import GerritServer
from .servers.irc import InspIrcd
from .site import Site, eventually, local_store, site, zuul

STRANGE = "2026-11-21 08:00:07.000000 | controller | ERROR frobnicator: the flux capacitor {} is out of phase"
KNOWN = """\
Patch Set 1:

Known bug: the disk of a test machine is full
https://bugs.launchpad.net/bugs/1999001

unit-tests failed with it. job-output.txt line 3 says:

    controller | OSError: [Errno 28] No space left on device: '/opt/stack/data'

{page}/log/job-output.txt#3

{reach}
"""
UNKNOWN = """\
Patch Set 1:

No known bug, but the same failure hit 3 other changes in the last 24 hours.
Unless those changes build on yours, it is most likely not your patch.

unit-tests failed with it. job-output.txt line 3 says:

    controller | ERROR frobnicator: the flux capacitor {number} is out of phase

{page}/log/job-output.txt#3

What to do: run CI again. If it fails in the same way, tell those who look after the job.

gerritbot-er case {case}"""
SETTINGS: dict[str, Any] = {
    "waiting": {"poll": "0.2s", "ask_again": "0.5s"},
    "outage": {"changes": 3, "authors": 1, "window": "1h", "quiet": "6s"},
}
DISK = "the disk of a test machine is full https://bugs.launchpad.net/bugs/1999001"


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


def own(ci: SandboxCI) -> dict[str, object]:
    return zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])


def page(ci: SandboxCI, build: Build) -> str:
    return f"{ci.url}/t/{ci.tenant}/build/{build.uuid}"


def test_the_second_of_two_changes_hears_of_the_first(gerrit: GerritServer, inspircd: InspIrcd, ci: SandboxCI) -> None:
    with site(gerrit, store=local_store(), ci=own(ci), irc=inspircd) as made:
        made.start()
        one, other = gerrit.push_change(made.project), gerrit.push_change(made.project)
        told: list[tuple[str, str]] = []
        for change in (one, other, one):
            build = fails(gerrit, ci, change)
            told.append((made.await_comment(change, after=len(told) // 2).text, page(ci, build)))
        assert made.stop() == 0
    (first, first_page), (second, second_page), (again, _) = told
    assert first.startswith(KNOWN.format(page=first_page, reach="Seen only on this change so far."))
    reach = "The same failure hit 1 other change in the last 24 hours."
    assert second.startswith(KNOWN.format(page=second_page, reach=reach))
    assert "\n\nKnown bug again, the second time on this patch set: the disk of a test machine is full\n" in again


def test_an_unexplained_failure_that_others_have_is_told_to_the_author(
    gerrit: GerritServer, inspircd: InspIrcd, ci: SandboxCI
) -> None:
    quick = {**SETTINGS, "outage": {"changes": 9}}
    with site(gerrit, store=local_store(), ci=own(ci), irc=inspircd, **quick) as made:
        made.start()
        changes = [gerrit.push_change(made.project) for _ in range(4)]
        for number, change in enumerate(changes[:3]):
            fails(gerrit, ci, change, says=STRANGE.format(4700 + number))
            made.await_done(change)
        build = fails(gerrit, ci, changes[3], says=STRANGE.format(4711))
        comment = made.await_comment(changes[3])
        case = made.case_id(changes[3])
        made.await_done(changes[3])
        assert made.stop() == 0
        assert comment.text == UNKNOWN.format(page=page(ci, build), number=4711, case=case)
        assert [made.comments(change) for change in changes[:3]] == [[], [], []]
        assert made.cases(changes[0]) == [("done", "unexplained", "no known bug")]
        where = f"{made.project} {changes[3].number},1 (check): unit-tests failed"
        says = "no known bug, but the same failure hit 3 other changes in the last 24 hours"
        url = f"{gerrit.url}/c/{made.project}/+/{changes[3].number}"
        assert made.notices() == [f":{made.nick} NOTICE {made.channel} :{where}: {says} - {url}"]


def said(made: Site) -> list[str]:
    """The notices, without who said them where."""
    return [line.partition(f" NOTICE {made.channel} :")[2] for line in made.notices()]


def began(made: Site) -> str:
    """When the outage began, as it is told."""
    [(at,)] = made.rows("SELECT DISTINCT strftime('%H:%M UTC', since, 'unixepoch') FROM outages")
    return str(at)


def test_an_outage_begins_once_mutes_the_notices_of_changes_and_ends_once(
    gerrit: GerritServer, inspircd: InspIrcd, ci: SandboxCI
) -> None:
    with site(gerrit, store=local_store(), ci=own(ci), irc=inspircd, **SETTINGS) as made:
        made.start()
        changes = [gerrit.push_change(made.project) for _ in range(5)]
        comments = []
        for change in changes:
            fails(gerrit, ci, change)
            comments.append(made.await_comment(change).text)
        eventually("its end is said", lambda: any(text.startswith("Outage over") for text in said(made)))
        assert made.stop() == 0
        since = began(made)
        begin = f"Outage since {since}: {DISK} - 3 changes hit; further ones are not told here until it is over"
        end = f"Outage over: {DISK} - no change hit for 6 seconds; 5 changes hit since {since}"
        *before, third, fourth = said(made)
        assert [text.split()[1] for text in before] == [f"{change.number},1" for change in changes[:2]]
        assert (third, fourth) == (begin, end)
        lines = [text.partition("\nWhat to do")[0].rpartition("\n")[2] for text in comments]
        assert lines[2:] == [f"This is an outage since {since}, {count} changes hit." for count in (3, 4, 5)]


@pytest.mark.parametrize("failpoint", [Failpoint.OUTAGE_HIT, Failpoint.OUTAGE_ENDED])
def test_f21_killed_where_an_outage_is_stored_it_is_told_once(
    gerrit: GerritServer, inspircd: InspIrcd, ci: SandboxCI, failpoint: Failpoint
) -> None:
    with site(gerrit, store=local_store(), ci=own(ci), irc=inspircd, **SETTINGS) as made:
        process = made.launch_with_failpoint("--at", failpoint.name)
        made.await_hearing()
        changes = [gerrit.push_change(made.project) for _ in range(3)]
        for change in changes:
            fails(gerrit, ci, change)
        eventually(f"it is killed at {failpoint.name}", lambda: not process.running())
        made.start()
        for change in changes:
            made.await_comment(change)
        over = "SELECT 1 FROM outbox WHERE body LIKE 'Outage over%' AND stage = 'sent'"
        eventually("its end is said", lambda: made.rows(over))
        eventually("its end is heard", lambda: any(text.startswith("Outage over") for text in said(made)))
        assert made.stop() == 0
        told = [text.partition(":")[0].split(" since")[0] for text in said(made) if text.startswith("Outage")]
        assert told == ["Outage", "Outage over"]
        assert all(len(made.comments(change)) == 1 for change in changes)
