"""What the pages are made of, and their opening, which alone loads the libraries that only pages need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gerritbot_er.ports import Clock, Records
from gerritbot_er.settings import LocalStore, Settings, Web
from gerritbot_er.signatures.library import Library
from gerritbot_er.standing import CONFIGURATION, EVENTS_LOG, IRC, REST, SIGNATURES, ci_server

from .health import Health

if TYPE_CHECKING:
    from .server import PageServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the pages are made of; all of it is at hand in this process."""

    settings: Settings
    health: Callable[[], Health]
    records: Records
    library: Callable[[], Library]
    clock: Clock


def open_pages(web: Web, sources: Sources) -> "PageServer":
    """The pages' server, listening already; ``Misconfigured`` where it cannot."""
    from .pages import page_app  # noqa: PLC0415 - the libraries for pages take memory and a start's time
    from .server import PageServer  # noqa: PLC0415 - as above

    return PageServer(web.listen, web.port, page_app(sources), sources.clock)


def extras(settings: Settings) -> frozenset[str]:
    """The dependencies without which comments still come about.

    A CI's own server is one where a cluster has the logs: it is then asked about a few reports only.
    """
    stores = settings.log_stores
    clustered = (ci.name for ci in settings.cis if not isinstance(stores.get(ci.log_store), LocalStore))
    return frozenset({CONFIGURATION, EVENTS_LOG, IRC, REST, SIGNATURES, *map(ci_server, clustered)})
