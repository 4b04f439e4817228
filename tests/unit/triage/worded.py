"""Verdicts to be worded, and the comment that a verdict makes."""

from dataclasses import replace

from gerritbot_er.model import Build, BuildVerdict, Case, Change, CIReport, Evidence, Match, Outcome, Signature, Verdict
from gerritbot_er.settings import CI
from gerritbot_er.triage import wording
from gerritbot_er.triage.speaking import Say

ZUUL = "https://zuul.example.org"
PAGE = ZUUL + "/t/example/build/"
CI_SETTINGS = CI(
    name="zuul",
    kind="zuul",
    account="zuul",
    log_store="local",
    web=ZUUL,
    tenant="example",
    log_hosts=("logs.example.org",),
)
CHANGE = Change(4711, "example/widgets", "master", "https://review.example.org/c/example/widgets/+/4711", "Keep it")
SIGNATURES = {
    s.name: s
    for s in (
        Signature(
            "registry-rate-limit",
            "q",
            title="the image registry refused the pull (rate limit)",
            bug="https://bugs.example.org/browse/CI-42",
            advice="recheck",
        ),
        Signature("1449136", "q", bug="https://bugs.launchpad.net/bugs/1449136"),
        Signature("disk-full", "q", title="the disk of a test machine is full", advice="wait"),
        Signature("dns", "q", title="a host name could not be resolved", bug="https://bugs.example.org/7"),
        Signature("mirror", "q", title="a package mirror is down", bug="https://bugs.example.org/8"),
        Signature("own-fault", "q", title="the release note is missing", advice="fix"),
    )
}
OCCASION = wording.Occasion(SIGNATURES, CI_SETTINGS)


def build(job: str, *, voting: bool = True, uuid: str = "0cc175b9c0f1b6a831c399e269772661") -> Build:
    return Build(
        identity=uuid + job,
        job=job,
        result="FAILURE",
        ci="zuul",
        project="example/widgets",
        branch="master",
        change=4711,
        patchset=3,
        reported_at=1_800_000_000,
        pipeline="check",
        uuid=uuid,
        web_url=PAGE + uuid,
        voting=voting,
    )


def explained(
    job: str, *bugs: str, line: str = "ERROR: toomanyrequests: You have reached your pull rate limit."
) -> BuildVerdict:
    b = build(job)
    evidence = Evidence(line, "job-output.txt", 217, f"{b.web_url}/log/job-output.txt#217")
    return BuildVerdict(b, Outcome.EXPLAINED, tuple(Match(bug, evidence) for bug in bugs))


def traced(job: str, *more: Evidence, captured: tuple[tuple[str, str], ...] = ()) -> BuildVerdict:
    """A build in which a compound signature found lines, of which values are shown."""
    found = explained(job, "registry-rate-limit")
    match = replace(found.bugs[0], more=more, captured=captured)
    return replace(found, bugs=(match,))


def verdict(*builds: BuildVerdict, private: bool = False) -> Verdict:
    change = CHANGE if not private else Change(4711, "example/widgets", "master", private=True)
    report = CIReport("zuul", change, 3, 1_800_000_000, (), failed=True, digest="d", pipeline="check")
    return Verdict(Case("3f9a2c71d05b", "builds:x", report, 1_800_000_001.0), builds)


def comment(told: Verdict, *bugs: str, say: Say = Say.COMMENT, repeats: int = 0, ci: CI = CI_SETTINGS) -> str:
    text = wording.comment(told, say, bugs or told.bugs, repeats, wording.Occasion(SIGNATURES, ci))
    assert text is not None
    return text
