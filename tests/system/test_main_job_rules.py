"""What the daemon keeps to itself: changes that moved on, rules, brakes, dry runs, words that would start a CI."""

import json
import re
import secrets
from collections.abc import Iterator

import pytest

from gerritbot_er.sandbox.ci import SandboxCI

from .failures import fails
from .servers.gerrit import Change, GerritServer
from .servers.irc import InspIrcd
from .site import DISK_FULL, Site, eventually, local_store, site, zuul

TRIGGERS = (r"(?i)recheck", r"(?i)reverify", r"(?i)^(Patch Set [0-9]+:)?( [\w\\+-]*)*(\n\n)?\s*recheck")
"""What CIs rerun on: either word anywhere in a comment, as some sites have it, and OpenDev's own pattern."""

ALONE = "Seen only on this change so far."
QUIET_COMMENT = """\
Patch Set 1:

Known bug: the disk of a test machine is full
https://bugs.launchpad.net/bugs/1999001

{job} failed with it.
{page}/log/job-output.txt#3

{reach}
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

DRY_COMMENT = """\
Known bug: the disk of a test machine is full
https://bugs.launchpad.net/bugs/1999001

unit-tests failed with it. job-output.txt line 3 says:

    controller | OSError: [Errno 28] No space left on device: '/opt/stack/data'

{page}/log/job-output.txt#3

Seen only on this change so far.
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

NOTICE = (
    "{project} {change},1 (check): {job} failed: the disk of a test machine is full"
    " https://bugs.launchpad.net/bugs/1999001 - {url}/c/{project}/+/{change}"
)

PAUSED = "PAUSED until it is resumed: nothing is posted or said"
WELL = re.compile(
    r"(CI zuul|IRC|log store logs|Gerrit's stream|Gerrit's history|the state file|the configuration): working for \d+ s"
    r"|signatures: working for \d+ s: 3 in use"
    r"|new signatures over past builds: working for \d+ s: (every signature is through|\d of 3 signatures to go)"
    r"|comments to Gerrit: working for \d+ s: nothing had to be posted yet"
    r"|events in the last 5 min: \d+ \([\d.]+ a second\)"
    r"|(events|gaps|history reads): \d+, the last \d+ s ago"
)
STATUS_PAUSED = """\
cases: 0 open; 2 done
outbox: 2 pending
case {held}: {project} {number},1, explained; comment (pending)
case {muted}: {project} {other},1, explained; its bugs are muted"""

STATUS_GIVEN_UP = """\
outbox: 1 failed, 1 sent
held back in the last day: 1 (change {change}: there is no such change, or our account can not see it)
"""


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


@pytest.fixture
def made(gerrit: GerritServer, ci: SandboxCI, inspircd: InspIrcd) -> Iterator[Site]:
    own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
    with site(gerrit, store=local_store(), ci=own, irc=inspircd) as running:
        running.start()
        yield running


def test_f22_changes_that_moved_on_are_recorded_and_not_commented_on(
    gerrit: GerritServer, ci: SandboxCI, made: Site
) -> None:
    outdated, abandoned, merged = (gerrit.push_change(made.project, what) for what in ("Old", "Dropped", "In already"))
    gerrit.push_change(amends=outdated)
    gerrit.abandon(abandoned.number)
    gerrit.submit(merged.number)

    for change in (outdated, abandoned, merged):
        fails(gerrit, ci, change, patchset=1)
        made.await_done(change)
    assert made.stop() == 0

    assert made.cases(outdated) == [("done", "explained", "patch set 1 is outdated by 2")]
    assert made.cases(abandoned) == made.cases(merged) == [("done", "explained", "the change is closed")]
    assert [made.comments(change) for change in (outdated, abandoned, merged)] == [[], [], []]
    assert made.notices() == []


def test_f22_a_change_that_is_deleted_before_the_post_is_given_up(
    gerrit: GerritServer, ci: SandboxCI, made: Site
) -> None:
    change = gerrit.push_change(made.project)
    made.run("pause")
    fails(gerrit, ci, change)
    eventually("the comment is decided", lambda: ("gerrit", "pending") in made.outbox(change))
    gerrit.delete(change.number)
    made.run("resume")
    eventually("the comment is given up", lambda: ("gerrit", "failed") in made.outbox(change))
    assert made.stop() == 0
    assert STATUS_GIVEN_UP.format(change=change.number) in made.run("status")


def test_f22_a_patch_set_that_comes_while_the_post_is_held_back_takes_the_comment_away(
    gerrit: GerritServer, ci: SandboxCI, made: Site
) -> None:
    change = gerrit.push_change(made.project)
    made.run("pause")
    fails(gerrit, ci, change)
    eventually("the comment is decided", lambda: ("gerrit", "pending") in made.outbox(change))
    gerrit.push_change(amends=change)
    newest = "SELECT patchset FROM changes WHERE number = ?"
    eventually("the new patch set is noticed", lambda: made.rows(newest, change.number) == [(2,)])
    made.run("resume")
    withheld = [("gerrit", "withheld"), (f"irc:{made.channel}", "withheld")]
    eventually("the comment is withheld", lambda: made.outbox(change) == withheld)
    assert made.stop() == 0
    assert made.comments(change) == []
    assert made.notices() == []


def test_f46_a_private_change_is_commented_on_and_not_named_on_irc(
    gerrit: GerritServer, ci: SandboxCI, made: Site
) -> None:
    change = gerrit.push_change(made.project, private=True)
    fails(gerrit, ci, change)
    made.await_comment(change)
    made.await_done(change)
    assert made.stop() == 0
    assert len(made.comments(change)) == 1
    assert made.notices() == []


def test_f27_no_comment_starts_a_ci_that_reruns_on_a_word_whatever_logs_and_jobs_are_called(
    gerrit: GerritServer, ci: SandboxCI, made: Site
) -> None:
    says = f"{DISK_FULL} - recheck, or say reverify"
    jobs = {"unit-tests": "unit-tests", "recheck-docs": "The job", "Reverify": "The job"}
    others = iter(("1 other change", "2 other changes", "3 other changes"))
    reach = ALONE
    for job, named in jobs.items():
        change = gerrit.push_change(made.project)
        build = fails(gerrit, ci, change, job=job, says=says)
        said = made.await_comment(change)
        page = f"{ci.url}/t/example/build/{build.uuid}"
        assert said.text == QUIET_COMMENT.format(job=named, page=page, reach=reach, case=made.case_id(change))
        reach = f"The same failure hit {next(others)} in the last 24 hours."
        assert [pattern for pattern in TRIGGERS if re.search(pattern, said.text)] == []
    assert made.stop() == 0


def test_shadow_says_it_on_irc_alone_and_off_says_nothing(
    gerrit: GerritServer, ci: SandboxCI, inspircd: InspIrcd
) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant)
    shadowed, silent = (f"acme/{name}-{secrets.token_hex(4)}" for name in ("shadowed", "silent"))
    for project in (shadowed, silent):
        gerrit.create_project(project)
    rules = [{"mode": "off", "projects": [silent]}]
    with site(gerrit, store=local_store(), ci=own, irc=inspircd, rules=rules) as made:
        made.start()
        in_shadow, off = gerrit.push_change(shadowed), gerrit.push_change(silent)
        for change in (off, in_shadow):
            fails(gerrit, ci, change)
            made.await_done(change)
        assert made.stop() == 0

        assert made.cases(in_shadow) == [("done", "explained", "in shadow: IRC alone")]
        assert made.cases(off) == [("done", "unexplained", "off by a rule")]
        assert made.comments(in_shadow) == made.comments(off) == []
        assert made.notices() == [notice(made, in_shadow)]


def test_pause_mute_and_resume_work_at_once(gerrit: GerritServer, ci: SandboxCI, made: Site) -> None:
    muted, held = gerrit.push_change(made.project), gerrit.push_change(made.project)
    made.run("mute", "1999001", "--for", "2h")
    fails(gerrit, ci, muted)
    made.await_done(muted)
    made.run("resume", "1999001")
    made.run("pause")
    fails(gerrit, ci, held)
    eventually("the comment is decided", lambda: ("gerrit", "pending") in made.outbox(held))
    status = json.loads(made.run("status", "--json"))
    shown = made.run("status").splitlines()
    made.run("resume")
    made.await_comment(held)
    made.await_done(held)
    assert made.stop() == 0
    assert made.cases(muted) == [("done", "explained", "its bugs are muted")]
    assert made.comments(muted) == []
    assert len(made.comments(held)) == 1
    assert made.notices() == [notice(made, held)]
    assert shown[0] == PAUSED
    assert [line for line in shown[1:-4] if not WELL.fullmatch(line)] == []
    ids = {"held": made.case_id(held), "muted": made.case_id(muted), "number": held.number, "other": muted.number}
    assert "\n".join(shown[-4:]) == STATUS_PAUSED.format(project=made.project, **ids)
    assert {one["state"] for one in status["dependencies"]} == {"working"}
    assert {one["name"] for one in status["dependencies"]} >= {"history", "irc", "posts", "signatures", "stream"}
    assert status["summary"] == "working"
    assert (status["brakes"], status["outbox"]) == ({"pause": None}, {"pending": 2})
    assert (status["open_cases"], status["done_cases"], status["oldest"]) == (0, 2, None)
    assert [last["said"] for last in status["last"]] == ["comment", "its bugs are muted"]


def test_a_dry_run_shows_what_it_would_post_and_posts_nothing(
    gerrit: GerritServer, ci: SandboxCI, inspircd: InspIrcd
) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant)
    with site(gerrit, store=local_store(), ci=own, irc=inspircd) as made:
        process = made.start("--dry-run", "--json")
        change = gerrit.push_change(made.project)
        build = fails(gerrit, ci, change)
        made.await_done(change)
        assert made.stop() == 0

        shown = [json.loads(line) for line in process.log.read_text().splitlines() if line.startswith("{")]
        case = made.case_id(change)
        about = {"case": case, "change": change.number, "patchset": 1, "bugs": ["1999001"]}
        page = f"{ci.url}/t/example/build/{build.uuid}"
        said = notice(made, change).partition(" :")[2]
        assert shown == [
            {**about, "sink": "gerrit", "text": DRY_COMMENT.format(page=page, case=case)},
            {**about, "sink": f"irc:{made.channel}", "text": said},
        ]
        assert made.comments(change) == []
        assert made.notices() == []
        assert made.outbox(change) == [("gerrit", "withheld"), (f"irc:{made.channel}", "withheld")]


def notice(made: Site, change: Change, job: str = "unit-tests") -> str:
    """The whole line that the other client hears of a failure."""
    text = NOTICE.format(project=change.project, change=change.number, job=job, url=made.gerrit.url)
    return f":{made.nick} NOTICE {made.channel} :{text}"
