"""axe-core in an open page: what keeps people with a screen reader, a keyboard or weak eyes from using it."""

from dataclasses import dataclass
from functools import cache

from playwright.sync_api import Page

from .fetch import npm_package

PACKAGE = "axe-core@4.14.1"
_RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@dataclass(frozen=True)
class Fault:
    """A rule of axe that a page breaks: how much it matters, in axe's own words, and the first elements that do."""

    rule: str
    impact: str
    help: str
    elements: tuple[str, ...]


def faults(page: Page) -> list[Fault]:
    """What axe-core finds in the page as it is now; ``Unavailable`` where axe-core cannot be had."""
    page.evaluate(_source())
    return [
        Fault(one["id"], one["impact"], one["help"], tuple(node["html"] for node in one["nodes"][:3]))
        for one in page.evaluate(_RUN)
    ]


@cache
def _source() -> str:
    """Evaluated over the debugger, so that the page's own policy stays as it is."""
    return (npm_package(PACKAGE) / "axe.min.js").read_text("utf-8")
