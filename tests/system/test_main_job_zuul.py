"""The main job on a whole real Zuul: from git push to one comment and one notice, by Zuul's own API and manifest."""

import re
from collections.abc import Iterator

import pytest

from .servers.gerrit import Change
from .servers.irc import InspIrcd
from .servers.zuul import ZuulWorld
from .site import TAG, Site, eventually, local_store, site, zuul

SAYS = "OSError: [Errno 28] No space left on device: '/opt/stack/data'"
PATIENCE = 120.0
"""Seconds; nine jobs on a busy machine take most of it."""

ONE_JOB = """\
Patch Set 1:

Known bug: the disk of a test machine is full
https://bugs.launchpad.net/bugs/1999001

fails failed with it. job-output.txt line 25 says:

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'

{fails}/log/job-output.txt#25

REACH
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

AGAIN = """\
Patch Set 1:

Known bug again, the second time on this patch set: the disk of a test machine is full
gerritbot-er case {case}"""

TRUNCATED = """\
Patch Set 1:

Known bug: the disk of a test machine is full (3 of 3 failed jobs)

wordy-0: the disk of a test machine is full, https://bugs.launchpad.net/bugs/1999001
job-output.txt line 25: {wordy_0}/log/job-output.txt#25

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'

wordy-1: the disk of a test machine is full
job-output.txt line 25: {wordy_1}/log/job-output.txt#25

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'

fails: the disk of a test machine is full
job-output.txt line 25: {fails}/log/job-output.txt#25

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'

REACH
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case}"""

NINE_JOBS = (
    "passes",
    "fails",
    "fails-nonvoting",
    "times-out",
    "fails-afterwards",
    "never-prepared",
    "waits-for-fails",
    "without-node",
    "without-playbook",
)
NINE_RESULTS = {
    "passes": "SUCCESS",
    "fails": "FAILURE",
    "fails-nonvoting": "FAILURE",
    "times-out": "TIMED_OUT",
    "fails-afterwards": "POST_FAILURE",
    "never-prepared": "RETRY_LIMIT",
    "waits-for-fails": "SKIPPED",
    "without-node": "NODE_FAILURE",
    "without-playbook": "ERROR",
}
NINE = """\
Patch Set 1:

Known bug: the disk of a test machine is full; the CI could not provide a test machine (4 of 6 failed jobs)

fails: the disk of a test machine is full, https://bugs.launchpad.net/bugs/1999001
job-output.txt line 25: {fails}/log/job-output.txt#25

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'
fails-afterwards: the disk of a test machine is full
job-output.txt line 37: {fails_afterwards}/log/job-output.txt#37

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'
never-prepared: the disk of a test machine is full
job-output.txt line 25: {never_prepared}/log/job-output.txt#25

    localhost | OSError: [Errno 28] No space left on device: '/opt/stack/data'
without-node: the CI could not provide a test machine
The CI's words: {without_node}

    {node_failure}
times-out: no known bug. without-playbook: no logs came.

REACH
What to do: this is known and not caused by your change. Run CI again.
gerritbot-er case {case}"""

NOTICE = "{project} {change},1 ({pipeline}): {jobs} failed: {bugs} - {url}/c/{project}/+/{change}"
DISK_FULL = "the disk of a test machine is full https://bugs.launchpad.net/bugs/1999001"


@pytest.fixture(scope="module")
def made(zuul_world: ZuulWorld, inspircd: InspIrcd) -> Iterator[Site]:
    """One daemon for all of Zuul's changes, as at a real site."""
    own = zuul(web=zuul_world.web_url, tenant=zuul_world.tenant, log_hosts=["127.0.0.1"])
    with site(zuul_world.gerrit, store=local_store(), ci=own, irc=inspircd, project=zuul_world.project) as running:
        running.start()
        yield running


def test_a_pushed_change_fails_and_its_recheck_fails_again(zuul_world: ZuulWorld, made: Site) -> None:
    change = zuul_world.push(["fails", "passes"], says=SAYS)
    first = made.await_comment(change, seconds=PATIENCE)
    made.await_done(change)

    assert by_itself(first.text) == ONE_JOB.format(**pages(zuul_world, change), case=made.case_id(change))
    assert (first.tag, first.patchset) == (TAG, 1)
    assert notices(made, change) == [notice(made, change, "fails")]

    zuul_world.recheck(change)
    made.await_comment(change, after=1, seconds=PATIENCE)
    made.await_done(change, cases=2)

    [_, again] = made.comments(change)
    [_, (case,)] = made.rows("SELECT id FROM cases WHERE change = ? ORDER BY rowid", change.number)
    assert again.text == AGAIN.format(case=case)
    assert notices(made, change) == [notice(made, change, "fails")] * 2
    assert len(zuul_world.comments(change)) == 2  # neither of ours started Zuul again


def test_nine_jobs_of_nine_results_are_one_comment(zuul_world: ZuulWorld, made: Site) -> None:
    change = zuul_world.push(NINE_JOBS, says=SAYS)
    comment = made.await_comment(change, seconds=PATIENCE)

    builds = {build["job_name"]: build for build in finals(zuul_world, change)}
    assert {name: build["result"] for name, build in builds.items()} == NINE_RESULTS
    where = pages(zuul_world, change)
    node_failure = f"NODE_FAILURE {builds['without-node']['error_detail']}"
    assert by_itself(comment.text) == NINE.format(**where, node_failure=node_failure, case=made.case_id(change))
    assert len(made.comments(change)) == 1
    jobs = "fails, fails-afterwards, never-prepared, without-node"
    both = f"{DISK_FULL}; the CI could not provide a test machine"
    assert notices(made, change) == [notice(made, change, jobs, bugs=both)]


def test_a_failure_in_the_gate_is_told_as_well(zuul_world: ZuulWorld, made: Site) -> None:
    change = zuul_world.push(["fails", "passes"], says=SAYS, pipeline="gate")
    zuul_world.await_comment(change)
    zuul_world.approve(change)
    comment = made.await_comment(change, seconds=PATIENCE)
    made.await_done(change)

    assert by_itself(comment.text) == ONE_JOB.format(**pages(zuul_world, change), case=made.case_id(change))
    assert len(made.comments(change)) == 1
    assert notices(made, change) == [notice(made, change, "fails", pipeline="gate")]


def test_jobs_that_a_truncated_report_lost_are_told_too(zuul_world: ZuulWorld, made: Site) -> None:
    words = "many words " * 780
    wordy = "\n".join(f'- job: {{name: wordy-{n}, parent: fails, failure-message: "{words}"}}' for n in range(2))
    change = zuul_world.push(["wordy-0", "wordy-1", "fails", "passes"], says=SAYS, more_jobs=wordy)
    comment = made.await_comment(change, seconds=PATIENCE)
    made.await_done(change)

    [said] = zuul_world.comments(change)
    assert said.text.endswith("... (truncated)")
    assert "- fails " not in said.text
    assert by_itself(comment.text) == TRUNCATED.format(**pages(zuul_world, change), case=made.case_id(change))
    assert len(made.comments(change)) == 1
    assert notices(made, change) == [notice(made, change, "wordy-0, wordy-1, fails")]


def by_itself(text: str) -> str:
    """The comment without what it says of the other tests' changes."""
    return re.sub(r"(?m)^(Seen |The same failure hit ).*$", "REACH", text)


def finals(world: ZuulWorld, change: Change) -> list[dict[str, str]]:
    """What Zuul's API has of the builds of a change, without those tried again."""
    builds = world.api(f"tenant/{world.tenant}/builds?change={change.number}&limit=100")
    return [build for build in builds if build["final"]]


def pages(world: ZuulWorld, change: Change) -> dict[str, str]:
    """The page of each job's build, by the job's name with underscores."""
    root = f"{world.web_url}/t/{world.tenant}/build"
    return {build["job_name"].replace("-", "_"): f"{root}/{build['uuid']}" for build in finals(world, change)}


def notice(made: Site, change: Change, jobs: str, *, pipeline: str = "check", bugs: str = DISK_FULL) -> str:
    """The whole line that the other client hears of a failure."""
    facts = {"project": change.project, "change": change.number, "url": made.gerrit.url}
    return f":{made.nick} NOTICE {made.channel} :" + NOTICE.format(pipeline=pipeline, jobs=jobs, bugs=bugs, **facts)


def notices(made: Site, change: Change) -> list[str]:
    """The lines about a change that the other client heard, once all that were handed over have come."""
    about = f" :{change.project} {change.number},"

    def heard() -> list[str]:
        return [line for line in made.notices() if about in line]

    handed_over = [stage for sink, stage in made.outbox(change) if sink != "gerrit" and stage == "sent"]
    eventually("the notices are heard", lambda: len(heard()) >= len(handed_over))
    return heard()
