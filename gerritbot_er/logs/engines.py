"""The client library for a kind of cluster, loaded only where the configuration has such a one: each takes some MB."""

from typing import TYPE_CHECKING, Union

from gerritbot_er.settings import ClusterStore

from .access import Access

if TYPE_CHECKING:
    from .elastic import ElasticEngine
    from .opensearch import OpenSearchEngine


def engine_of(store: ClusterStore, access: Access) -> Union["ElasticEngine", "OpenSearchEngine"]:
    """What makes the calls; nothing is sent yet."""
    if store.kind == "elasticsearch":
        from .elastic import ElasticEngine  # noqa: PLC0415 - see above

        return ElasticEngine(store, access)
    from .opensearch import OpenSearchEngine  # noqa: PLC0415 - see above

    return OpenSearchEngine(store, access)
