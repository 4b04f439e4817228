"""The page of one bug: where it hits, whom and since when, what proves it, and what its signature looks for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gerritbot_er.cleaning import clean
from gerritbot_er.insight.bugs import BugDetail, Sample, cost
from gerritbot_er.insight.steps import steps_of
from gerritbot_er.model import Signature
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.files import read_text
from gerritbot_er.triage.wording import advice_text
from gerritbot_er.typed_yaml import YamlProblems

from .addresses import part_of
from .asked import Asked
from .bugs import Named, named
from .sources import Stored
from .views import Found, Knowledge, found_view

MOST_SAMPLES = 5
LONGEST_TEXT = 20_000
"""Characters of a signature's text that are shown."""


@dataclass(frozen=True, slots=True)
class SampleView:
    """A failed build with what proves the bug; ``page`` is the last part of the build's page's path."""

    page: str
    sample: Sample
    found: Found


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug; ``detail`` is None where it has not hit yet, ``text`` "" where the signature is there no more.

    ``cost`` is in seconds of CI, and ``later`` counts the builds that it explained after their verdict, both of
    the time that was asked for.
    """

    named: Named
    detail: BugDetail | None
    cost: float
    later: int
    samples: tuple[SampleView, ...]
    advice: str
    text: str


def bug_page(sources: Stored, asked: Asked, signature: str) -> Bug | None:
    """None where nothing is known by that name."""
    now = sources.clock.now()
    where = asked.where(now)
    known = sources.knowledge()
    ours = known.signatures.get(signature)
    detail = sources.statistics.bug(signature, where, steps_of(where, now))
    if ours is None and detail is None:
        return None
    return Bug(
        named(sources, signature),
        detail,
        cost(detail.spread) if detail and detail.spread else 0.0,
        sources.statistics.found_later(where).get(signature, 0),
        tuple(_samples(detail.samples, known)) if detail else (),
        advice_text(ours.advice) if ours else "",
        _text(ours, sources.settings) if ours else "",
    )


def _samples(samples: Iterable[Sample], known: Knowledge) -> Iterator[SampleView]:
    """The first few that say something different each."""
    told: dict[str, Sample] = {}
    for one in samples:
        told.setdefault(one.match.evidence.line if one.match.evidence else "", one)
    for one in list(told.values())[:MOST_SAMPLES]:
        yield SampleView(part_of(one.identity), one, found_view(one.match, known, known.ci(one.ci)))


def _text(signature: Signature, settings: Settings) -> str:
    """The file's text, of the first folder that has it; where none can be read, what is in use of it."""
    for folder in settings.signatures.directories:
        try:
            return clean(read_text(folder / f"{signature.name}.yaml"))[:LONGEST_TEXT]
        except YamlProblems:
            continue
    return clean("\n".join(_queries(signature)))[:LONGEST_TEXT]


def _queries(signature: Signature) -> Iterator[str]:
    if signature.query is not None:
        yield f"query: {signature.query}"
    if signature.compound is not None:
        for key in ("all_of", "any_of", "none_of"):
            for query in getattr(signature.compound, key):
                yield f"{key}: {query}"
