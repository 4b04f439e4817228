"""The opening of the pages, which alone loads the libraries that only pages need."""

from typing import TYPE_CHECKING

from gerritbot_er.settings import Web

from .sources import Sources

if TYPE_CHECKING:
    from .meter import PrometheusMeter
    from .server import PageServer


def open_meter() -> "PrometheusMeter":
    """What counts for the metrics of the pages."""
    from .meter import PrometheusMeter  # noqa: PLC0415 - as below

    return PrometheusMeter()


def open_pages(web: Web, sources: Sources) -> "PageServer":
    """The pages' server, listening already; ``Misconfigured`` where it cannot."""
    from .pages import page_app  # noqa: PLC0415 - the libraries for pages take memory and a start's time
    from .server import PageServer  # noqa: PLC0415 - as above

    return PageServer(web.listen, web.port, page_app(sources), sources.clock)
