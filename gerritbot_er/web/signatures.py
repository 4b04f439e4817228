"""The page of signatures: how good each of them is, and what is wrong with the files that are left out."""

from dataclasses import dataclass
from pathlib import Path

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.quality import Quality, alike, judged
from gerritbot_er.model import BugFacts
from gerritbot_er.time_words import DAY

from .asked import Asked
from .sources import Sources
from .views import LONGEST_LINE, LONGEST_NAME, Knowledge, Link, https

STALE = 90
"""Days without a hit after which a signature is called stale, where the URL does not say."""
MOST_PAIRS = 20
MOST_LEFT_OUT = 20


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature in the list, with what its bug's tracker says; see ``insight.quality.Quality``.

    ``later``: so many of its builds were explained by it after their verdict.
    """

    quality: Quality
    title: str
    bug: Link
    state: str
    later: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two signatures that explain mostly the same builds: ``common`` of the rarer one's ``of``."""

    one: str
    other: str
    common: int
    of: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of signatures that cannot be used as it is, and why."""

    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures in use; ``stale`` days without a hit make one stale.

    ``recorded_since`` is when the first failure was recorded; None where there is none.
    """

    signatures: tuple[SignatureLine, ...]
    stale: int
    recorded_since: float | None
    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]


def signatures_page(sources: Sources, asked: Asked) -> Signatures:
    """The quality of all signatures in the time that is asked for."""
    known = sources.knowledge()
    now = sources.clock.now()
    where = asked.where(now)
    figures = sources.statistics.signatures(where, tuple(known.signatures))
    later = sources.statistics.found_later(where)
    stale = int(asked.stale or STALE)
    facts = {one.name: known.bug(one, now) for one in known.signatures.values()}
    every = judged(known.signatures.values(), figures, lambda one: facts[one.name], now=now, stale_after=stale * DAY)
    pairs = (Pair(one.one, one.other, one.common, min(one.ones, one.others)) for one in alike(figures.both))
    return Signatures(
        tuple(_line(one, known, facts[one.signature], later.get(one.signature, 0)) for one in every),
        stale,
        figures.recorded_since,
        tuple(pairs)[:MOST_PAIRS],
        tuple(
            LeftOut(clean_line(Path(one.file).name, LONGEST_NAME), one.line, clean_line(one.message, LONGEST_LINE))
            for one in sources.problems()[:MOST_LEFT_OUT]
        ),
    )


def _line(quality: Quality, known: Knowledge, facts: BugFacts | None, later: int) -> SignatureLine:
    signature = known.signatures[quality.signature]
    state = clean_line(facts.state, LONGEST_NAME) if facts else ""
    bug = Link(clean_line(signature.bug or "", LONGEST_NAME), https(signature.bug))
    return SignatureLine(quality, known.title(quality.signature), bug, state, later)
