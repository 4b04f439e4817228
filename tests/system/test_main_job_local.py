"""The main job without a cluster: real Gerrit and IRC server, logs fetched from a Zuul's or a Jenkins' own server."""

import time
from collections.abc import Callable, Iterator

import pytest

from gerritbot_er.sandbox.ci import SandboxCI, Trickle

from .failures import console, fails, put_waiting_cases, zuul_says
from .servers.gerrit import GerritServer
from .servers.irc import InspIrcd
from .servers.zuul_comments import ZuulBuild
from .site import DISK_FULL, TAG, eventually, jenkins, local_store, site, zuul

ZUUL_COMMENT = """\
Patch Set 1:

Known bug: the disk of a test machine is full (1 of 2 failed jobs)

unit-tests: the disk of a test machine is full, https://bugs.launchpad.net/bugs/1999001
job-output.txt line 3: {ci}/t/example/build/{build}/log/job-output.txt#3

    controller | OSError: [Errno 28] No space left on device: '/opt/stack/data'

functional: no known bug.

Seen only on this change so far.
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

ZUUL_NOTICE = (
    ":{nick} NOTICE {channel} :{project} {change},1 (check): unit-tests failed: the disk of a test machine is full"
    " https://bugs.launchpad.net/bugs/1999001 - {url}/c/{project}/+/{change}"
)

JENKINS_COMMENT = """\
Patch Set 1:

Known bug: the image registry refused the pull (rate limit)
https://bugs.example.org/browse/CI-42

unit failed with it. consoleText line 3 says:

    controller | ERROR: toomanyrequests: You have reached your pull rate limit.

{ci}/job/unit/123/consoleText

Seen only on this change so far.
What to do: wait a while for the limit to pass, then run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

JENKINS_NOTICE = (
    ":{nick} NOTICE {channel} :{project} {change},1: unit failed: the image registry refused the pull (rate limit)"
    " https://bugs.example.org/browse/CI-42 - {url}/c/{project}/+/{change}"
)

RATE_LIMIT = "2026-11-21 08:00:07.000000 | controller | ERROR: toomanyrequests: You have reached your pull rate limit."
WITHIN = 2.0
"""Seconds from the poll that sees the logs to the comment's proof."""
POLL = 2.0
WAITING = 1000


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as server:
        yield server


def test_logs_that_the_api_tells_of_late_become_one_comment_and_one_notice(
    gerrit: GerritServer, inspircd: InspIrcd, ci: SandboxCI
) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
    with site(gerrit, store=local_store(), ci=own, irc=inspircd) as made:
        made.start()
        change = gerrit.push_change(made.project, "Resize the flavors")
        buildset = ci.add_buildset(change.number, 1, project=change.project)
        builds = [ci.add_build(buildset, name, "FAILURE", known=False) for name in ("unit-tests", "functional")]
        reported = [ZuulBuild(build.job, seconds=83.0, uuid=build.uuid) for build in builds]
        zuul_says(gerrit, change, reported, web_root=f"{ci.url}/t/{ci.tenant}/", buildset=buildset.uuid)
        eventually("the API is asked in vain", lambda: len(ci.requests("/api/*")) >= 2)
        for build, says in zip(builds, (DISK_FULL, "AssertionError: 1 != 2"), strict=True):
            ci.upload_logs(build.uuid, {"job-output.txt": console(says)}, stored="encoded")
            build.known = True
        made.await_comment(change)
        assert made.stop() == 0

        [comment] = made.comments(change)
        assert comment.text == ZUUL_COMMENT.format(ci=ci.url, build=builds[0].uuid, case=made.case_id(change))
        assert (comment.tag, comment.patchset) == (TAG, 1)
        words = {"nick": made.nick, "channel": made.channel, "project": made.project}
        assert made.notices() == [ZUUL_NOTICE.format(change=change.number, url=gerrit.url, **words)]


def test_a_jenkins_build_becomes_one_comment_and_one_notice(
    gerrit: GerritServer, inspircd: InspIrcd, ci: SandboxCI
) -> None:
    own = jenkins(web=ci.url, log_hosts=["127.0.0.1"])
    with site(gerrit, store=local_store(), ci=own, irc=inspircd) as made:
        made.start()
        change = gerrit.push_change(made.project, "Resize the flavors")
        bad = ci.add_jenkins_build("unit", 123, "FAILURE", console=console(RATE_LIMIT), failure_text="3 tests failed")
        good = ci.add_jenkins_build("lint", 77, "SUCCESS", console=console("ok"))
        gerrit.review("jenkins", change.number, ci.jenkins_comment(bad, good), labels={"Verified": -1})
        made.await_comment(change)
        made.await_done(change)
        assert made.stop() == 0

        [comment] = made.comments(change)
        assert comment.text == JENKINS_COMMENT.format(ci=ci.url, case=made.case_id(change))
        assert (comment.tag, comment.patchset) == (TAG, 1)
        words = {"nick": made.nick, "channel": made.channel, "project": made.project}
        assert made.notices() == [JENKINS_NOTICE.format(change=change.number, url=gerrit.url, **words)]


def test_a_case_is_commented_on_while_a_thousand_wait_and_a_log_host_trickles(
    gerrit: GerritServer, ci: SandboxCI, record_testsuite_property: Callable[[str, object], None]
) -> None:
    own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
    with (
        SandboxCI() as slow,
        site(gerrit, store=local_store(workers=2), ci=own, waiting={"poll": f"{POLL}s"}) as made,
    ):
        put_waiting_cases(made, WAITING)
        slow.misbehave("/logs/*", Trickle(bytes_per_second=50))
        made.start()
        for _ in range(3):
            stuck = gerrit.push_change(made.project)
            build = fails(gerrit, ci, stuck, known=False)
            build.log_url = f"{slow.url}/logs/{build.uuid}/"
            build.known = True
        eventually("the slow host is asked", lambda: slow.requests("/logs/*"))
        change = gerrit.push_change(made.project)
        build = fails(gerrit, ci, change)
        eventually("the poll that sees the logs", lambda: ci.requests(f"/api/*/{build.buildset.uuid}"))
        seen = time.monotonic()
        eventually("the comment stands", lambda: made.comments(change))
        took = time.monotonic() - seen
        record_testsuite_property("seconds from the poll that sees fetched logs to the comment", round(took, 2))
        assert took < WITHIN
        assert made.rows("SELECT count(*) FROM cases WHERE stage = 'open'")[0][0] >= WAITING + 3
