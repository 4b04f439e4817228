"""How good each signature is, judged by what it hit, what authors said, and what trackers know.  Pure; UTC seconds."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gerritbot_er.model import BugFacts, Judgement, Signature

SAME = 0.8
"""The share of the builds of the rarer of two signatures from which on they explain mostly the same ones."""
FEW = 3
"""Common builds below which that may be chance."""
_SHOWN_BUGS = 3


@dataclass(frozen=True, slots=True)
class Hits:
    """What a signature hit in the time that was asked for; ``last_at`` is its last hit ever, None: there is none."""

    builds: int
    changes: int
    last_at: float | None


@dataclass(frozen=True, slots=True)
class SignatureReply:
    """What somebody answered to a comment that spoke of ``signatures``; ``bug`` is "" where none was named."""

    signatures: tuple[str, ...]
    judgement: Judgement
    bug: str


@dataclass(frozen=True, slots=True)
class Both:
    """Builds that ``one`` and ``other`` explain, ``common`` both of them."""

    one: str
    other: str
    ones: int
    others: int
    common: int

    @property
    def share(self) -> float:
        """How much of the rarer one's builds the other explains as well, 0 to 1."""
        return self.common / min(self.ones, self.others)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of running a signature over past builds in the background: builds in its scope, and its hits on them.

    ``failed`` and ``good`` are builds whose logs were searched; of ``lines`` only the lines were left that tell why
    they failed.  ``at`` is the last time; ``more``: it goes on.
    """

    failed: int = 0
    failed_hits: int = 0
    lines: int = 0
    line_hits: int = 0
    good: int = 0
    good_hits: int = 0
    at: float | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class SignatureFigures:
    """All that the sightings tell of signatures.

    ``recorded_since``: when the first failure was; None where there is none.  ``hits`` and ``tried`` by signature; a
    signature without any is missing.  ``both`` has those that explain ``FEW`` builds or more in common.
    """

    recorded_since: float | None
    hits: Mapping[str, Hits]
    replies: Sequence[SignatureReply]
    both: Sequence[Both]
    tried: Mapping[str, Tried] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quality:
    """One signature: its hits, and what speaks against it.

    ``confirmed`` and ``wrong`` count what authors said, ``bugs`` are those they named instead, the most often named
    first.  ``stale``: it has not hit for so long that it can go.  ``reopened``: its bug is closed, and it hits.
    ``overlaps`` names signatures that explain mostly the same builds.  ``tried``: what it hit in past builds; None
    before any was searched.
    """

    signature: str
    hits: Hits
    confirmed: int = 0
    wrong: int = 0
    bugs: tuple[str, ...] = ()
    stale: bool = False
    reopened: bool = False
    overlaps: tuple[str, ...] = ()
    tried: Tried | None = None

    @property
    def findings(self) -> int:
        """How many things speak against it."""
        against = (self.stale, self.reopened, bool(self.overlaps), self.wrong + len(self.bugs) > self.confirmed)
        return sum(against)


NEVER = Hits(0, 0, None)


def judged(
    signatures: Iterable[Signature],
    figures: SignatureFigures,
    known: Callable[[Signature], BugFacts | None],
    *,
    now: float,
    stale_after: float,
) -> tuple[Quality, ...]:
    """Every signature, those with most findings first, then those that hit most; ``stale_after`` in seconds.

    ``known`` tells what a tracker says of its bug.  None is stale before the sightings reach back so far.
    """
    told = [one for one in figures.replies if one.signatures]
    mostly = alike(figures.both)
    oldest = now - stale_after
    enough = figures.recorded_since is not None and figures.recorded_since <= oldest
    found = []
    for signature in signatures:
        hits = figures.hits.get(signature.name, NEVER)
        facts = known(signature)
        words = [one for one in told if signature.name in one.signatures]
        found.append(
            Quality(
                signature.name,
                hits,
                confirmed=sum(one.judgement is Judgement.CONFIRM for one in words),
                wrong=sum(one.judgement is Judgement.WRONG for one in words),
                bugs=_named(words),
                stale=enough and (hits.last_at is None or hits.last_at < oldest),
                reopened=facts is not None and facts.closed and hits.builds > 0,
                overlaps=_overlaps(signature.name, mostly),
                tried=figures.tried.get(signature.name),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.findings, -one.hits.builds, one.signature)))


def alike(both: Iterable[Both]) -> tuple[Both, ...]:
    """The pairs that explain mostly the same builds, those with most in common first."""
    mostly = (one for one in both if one.common >= FEW and one.share >= SAME)
    return tuple(sorted(mostly, key=lambda one: (-one.share, -one.common, one.one, one.other)))


def _named(words: Iterable[SignatureReply]) -> tuple[str, ...]:
    counted = Counter(one.bug for one in words if one.judgement is Judgement.BUG)
    return tuple(bug for bug, _ in counted.most_common(_SHOWN_BUGS))


def _overlaps(name: str, mostly: Sequence[Both]) -> tuple[str, ...]:
    pairs = (one for one in mostly if name in (one.one, one.other))
    return tuple(one.other if one.one == name else one.one for one in pairs)
