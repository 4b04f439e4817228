"""What a backtest needs of the place where past builds are kept: one small Protocol, and what it speaks of; pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.model import NOT_FAILED, Build, BuildAnswer, Signature

SUCCESS = "SUCCESS"

Progress = Callable[[str], None]
"""Told what is being done, in a few words for people."""


@dataclass(frozen=True, slots=True)
class PastBuild:
    """A build that has ended; ``build.reported_at`` is when, in UTC seconds.

    ``state`` changes whenever what is kept of its logs does.  ``stands_for`` is the number of builds of its kind that
    ran for each one that was kept: 1 where all are.
    """

    build: Build
    state: str = ""
    stands_for: float = 1.0

    @property
    def failed(self) -> bool:
        """Whether it is one that should be explained."""
        return self.build.result not in NOT_FAILED

    @property
    def successful(self) -> bool:
        """Whether a hit in it is a false one; builds that were cancelled or skipped are neither."""
        return self.build.result == SUCCESS


class PastBuilds(Protocol):
    """Where past builds are kept.  Methods raise the errors of ports: Transient, Permanent or Misconfigured."""

    @property
    def name(self) -> str:
        """What it is, for people: "the cluster at https://…"."""

    @property
    def lasting(self) -> bool:
        """Whether what could not be searched now could not be later either."""

    def builds(self, since: float | None, last: int | None) -> Sequence[PastBuild]:
        """The failed and the successful builds that ended since this UTC second, at most the ``last`` of them.

        In the order of their ends, the latest at the end; None is no limit.
        """

    def match(
        self, signatures: Sequence[Signature], builds: Sequence[PastBuild]
    ) -> Iterator[tuple[PastBuild, BuildAnswer]]:
        """All signatures against all builds, each build as soon as it is done, in any order."""


def latest(builds: Sequence[PastBuild], since: float | None, last: int | None) -> Sequence[PastBuild]:
    """Those of ``builds`` that a backtest counts, as ``PastBuilds.builds`` gives them."""
    counted = [one for one in builds if one.failed or one.successful]
    ended = [one for one in counted if since is None or one.build.reported_at >= since]
    ended.sort(key=lambda one: (one.build.reported_at, one.build.identity))
    return ended if last is None else ended[max(len(ended) - last, 0) :]
