"""The ports of the run over past builds: which are still to be searched, where, and what came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.insight.quality import Tried
from gerritbot_er.model import Build, BuildAnswer, Evidence, Match, Signature


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a signature was run over the past builds of a log store; ``digest`` stands for what it asks.

    Failed builds of a number lower than ``below`` are still to be searched (0: none), and successful ones after the
    place ``beyond``.
    """

    digest: str
    below: int
    beyond: int


@dataclass(frozen=True, slots=True)
class PastFailure:
    """A failed build of the sightings, which number them as they come; ``key`` is that of its report.

    ``identity`` is its name there, ``build`` what they know of it: no place of logs.  ``lines`` are those that tell why
    it failed, and those that prove what was found later.  ``open``: no signature explained it at its time.
    """

    number: int
    identity: str
    key: str
    build: Build
    lines: tuple[Evidence, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Retried:
    """A past failure, searched again: all that matches; ``sure``: what does not match now is not in it."""

    number: int
    matches: tuple[Match, ...]
    sure: bool


class Trials(Protocol):
    """Signatures that come or change, run over past builds: how far that is, and what came of it.

    Signatures are named by ``asked``, with the digest of what each asks; of one that asks something else by now nothing
    is noted.
    """

    def begin(self, store: str, asked: Mapping[str, str]) -> Mapping[str, Progress]:
        """How far each of these is at a log store; one that is new or has changed begins at the newest build."""

    def may_be_told(self, build: Build) -> bool:
        """Whether pages may count what is found in a good build: its project is public, its change not private."""

    def failures(
        self, cis: Collection[str], *, below: int, least: int, since: float, most: int, explained: bool
    ) -> Sequence[PastFailure]:
        """Of these CIs at most so many failed builds, from that of number ``below`` down to ``least``, since then.

        Those that were explained at their time are among them where ``explained`` says so.  Those of which no page may
        tell are not: how many of them a signature hits would tell what their logs say.
        """

    def good(self, cis: Collection[str], beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        """Some successful builds of these CIs after this place, each with its own, in that order."""

    def found_later(
        self,
        store: str,
        asked: Mapping[str, str],
        found: Sequence[Retried],
        tried: Mapping[str, Tried],
        *,
        below: int | None = None,
        beyond: int | None = None,
    ) -> int:
        """What came of searching, in one commit: what explains a build is remembered as found later.

        What one of these signatures had found later, and is not in the build now, is taken back.  ``tried`` is added to
        their figures; then they are at ``below`` or ``beyond``.  Returns how many builds are explained only now.
        """


class PastLogs(Protocol):
    """Where the logs of past builds are searched again, in nobody's way.  Its methods block."""

    @property
    def busy(self) -> bool:
        """Whether there is more urgent work."""

    @property
    def all_failures(self) -> bool:
        """Whether failed builds that were explained at their time are searched too: that asks nobody anything."""

    def again(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """As ``LogStore.match``; builds that were not come to, since urgent work came, are left out."""

    def good(self, beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        """Some successful builds after this place, each with its own, in that order."""
