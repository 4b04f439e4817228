"""The ports of what is known of builds: their logs, and what the CI's own server says of them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gerritbot_er.model import Build, BuildAnswer, BuildFacts, CIReport, Evidence, LogsSeen, Signature


class LogStore(Protocol):
    """Where logs are searched.  Its methods block, within the store's own time limits."""

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        """What is there now, by build identity, in one request for up to 500 builds; nothing seen: left out."""

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """All signatures against all builds, by build identity; every build of the question has an answer.

        Only the query of a signature is asked; scope, voting and test ids are the middle's business.
        """

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        """The lines that may tell why each failed, by build identity: what ``telling_lines`` keeps of its files.

        The console first, of each file in the order in which they stand there, at most 1,000 characters of each; they
        are of the last attempt that has any.  A build of which there are none is left out.
        """


class Comparisons(Protocol):
    """Where the logs of builds that did not fail are kept, so that signatures can be tried on those too."""

    @property
    def busy(self) -> bool:
        """Whether failed builds are being read, which come first."""

    def keep(self, build: Build) -> bool:
        """Fetch the logs of a build and keep them; False where they are not all here yet.  It blocks."""


class BuildInfo(Protocol):
    """What the CI's own server knows of the builds of a report."""

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        """Those of the report's builds that the server knows by now, of a truncated report all of its buildset.

        Earlier attempts of a build are no builds of their own, but stand in its ``attempts`` and ``attempt_uuids``.
        """
