"""The page of bugs: every signature that hit, the one that costs most first.  Pure, but for the statistics it asks."""

from dataclasses import dataclass

from gerritbot_er.insight.figures import Spread
from gerritbot_er.triage.bug_words import title_of

from .asked import Asked
from .sources import Sources
from .views import https


@dataclass(frozen=True, slots=True)
class BugLine:
    """A bug in the list; ``url`` is its tracker's page, where that may be linked."""

    signature: str
    title: str
    url: str | None
    spread: Spread


@dataclass(frozen=True, slots=True)
class Bugs:
    """All bugs that hit."""

    bugs: tuple[BugLine, ...]


def bugs_page(sources: Sources, asked: Asked) -> Bugs:
    """The bugs that hit in the time that is asked for."""
    signatures = sources.library().by_name
    lines = []
    for one in sources.statistics.bugs(asked.where(sources.clock.now())):
        signature = signatures.get(one.signature)
        title = title_of(signature) if signature else one.signature
        lines.append(BugLine(one.signature, title, https(signature.bug if signature else None), one.spread))
    return Bugs(tuple(lines))
