"""What a CI says: its report on a patch set, with the builds in it, and what its own server adds to that."""

from dataclasses import dataclass

from .gerrit import Change

NOT_FAILED = frozenset({"SUCCESS", "SKIPPED", "CANCELED", "DEQUEUED", "NO_JOBS", "NOT_BUILT"})
"""The result words that are no failure; every other word is one (UNSTABLE and ABORTED included)."""


@dataclass(frozen=True, slots=True)
class ReportedBuild:
    """One job line of a CI's comment, as written.

    ``result`` is the result word, or the free text a job put in its place; ``detail`` the text after the word;
    ``elapsed`` is in seconds; ``uuid`` is the id in the URL (32 hex digits, 7 for Zuul v2; None for Jenkins);
    ``logs_url`` is a separate place of the logs that the comment names (Jenkins' "Logs: URL").
    """

    job: str
    result: str
    uuid: str | None = None
    url: str | None = None
    detail: str | None = None
    elapsed: int | None = None
    voting: bool = True
    failed: bool = True
    logs_url: str | None = None

    @property
    def identity(self) -> str:
        """What tells this build from others *as written*: uuid, else URL, else job name.

        Zuul 3 gave the page "…/build/None" to every build that never started ("build/None" where it knows no root of
        its pages): such a URL is nobody's.
        """
        if self.uuid:
            return self.uuid
        nobodys = self.url == "build/None" or (self.url and self.url.endswith("/build/None"))
        return self.job if nobodys else self.url or self.job


@dataclass(frozen=True, slots=True)
class CIReport:
    """One result comment of a CI on one patch set; ``at`` is in the server's whole seconds.

    ``failed`` is true if a voting build failed, or if there are no builds and the text says that it failed; then
    ``reason`` is that text, in one line.  ``digest`` identifies the text.  A ``truncated`` report lacks builds.
    """

    ci: str
    change: Change
    patchset: int
    at: int
    builds: tuple[ReportedBuild, ...]
    failed: bool
    digest: str
    pipeline: str | None = None
    buildset: str | None = None
    reason: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What the CI's own server says of a build; times are UTC seconds.

    ``changes`` holds (change number, patch set) of every change the build ran for, empty where the server does not
    tell; ``log_url`` is None where nothing was uploaded; ``attempts`` are the log URLs of earlier, retried attempts,
    ``attempt_uuids`` their ids, also of those without logs; both newest first.
    """

    uuid: str | None
    job: str
    result: str
    voting: bool = True
    url: str | None = None
    detail: str | None = None
    log_url: str | None = None
    changes: frozenset[tuple[int, int]] = frozenset()
    started_at: float | None = None
    ended_at: float | None = None
    attempts: tuple[str, ...] = ()
    attempt_uuids: tuple[str, ...] = ()
