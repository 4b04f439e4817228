"""The port ``Meter`` over prometheus-client: how long peers take and authors wait, and verdicts; see ``ports.Meter``.

Facts about prometheus-client (0.26): counting takes a lock for a moment and no system call, so that any thread may; its
registry is the process's own unless another is named, and a process may hold one daemon after another.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import Verdict

REQUEST_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds: from a cluster's answer to a build's logs fetched whole."""
WAIT_BUCKETS = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0)
"""Seconds: from logs that are there already to those that are given up, and a case that was caught up with late."""
_ERRORS = {Transient: "transient", Misconfigured: "misconfigured", Permanent: "permanent"}


class PrometheusMeter:
    """Everything in ``registry``; ``wait`` is told of comments by whoever reads the outbox."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Histogram(
            "gerritbot_er_request_duration_seconds",
            "How long requests to a peer took, from the call to its whole answer.",
            ("peer", "request"),
            registry=registry,
            buckets=REQUEST_BUCKETS,
        )
        self._failures = Counter(
            "gerritbot_er_request_failures",
            "Requests to a peer that failed; permanent is an answer to one question alone.",
            ("peer", "request", "error"),
            registry=registry,
        )
        self.wait = Histogram(
            "gerritbot_er_wait_seconds",
            "From the second of a CI's report to logs, verdict, and the comment's proof.",
            ("until",),
            registry=registry,
            buckets=WAIT_BUCKETS,
        )
        for until in ("logs", "verdict", "comment"):
            self.wait.labels(until)
        self._verdicts = Counter(
            "gerritbot_er_verdicts",
            "Cases with a final verdict.",
            ("ci", "outcome"),
            registry=registry,
        )
        self._builds = Counter(
            "gerritbot_er_judged_builds",
            "Failed builds with a final verdict: the classification rate is explained of explained and unexplained.",
            ("ci", "outcome", "voting"),
            registry=registry,
        )

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        self._requests.labels(peer, request).observe(seconds)
        if error is not None:
            kind = next((word for kind, word in _ERRORS.items() if isinstance(error, kind)), "unexpected")
            self._failures.labels(peer, request, kind).inc()

    def logs_came(self, seconds: float) -> None:
        self.wait.labels("logs").observe(seconds)

    def judged(self, verdict: Verdict, seconds: float) -> None:
        ci = verdict.case.report.ci
        self.wait.labels("verdict").observe(seconds)
        self._verdicts.labels(ci, verdict.summary).inc()
        for found in verdict.builds:
            self._builds.labels(ci, found.outcome.value, "true" if found.build.voting else "false").inc()
