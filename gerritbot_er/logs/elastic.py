"""Elasticsearch 7.17, 8 and 9, through its own client: few calls, none of them tried twice here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from elastic_transport import (
    ApiResponse,
    ConnectionTimeout,
    NodeConfig,
    SerializationError,
    TlsError,
    TransportError,
    Urllib3HttpNode,
)
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.settings import ClusterStore

from .access import Access
from .question import Json
from .refusals import refusal, tls_refusal

_REASON_LENGTH = 300


class ElasticEngine:
    """The calls to an Elasticsearch; an answer is decoded JSON of any shape, a refusal one of our errors."""

    def __init__(self, settings: ClusterStore, access: Access) -> None:
        self._settings = settings
        self._client = Elasticsearch(
            hosts=[
                {"scheme": access.scheme, "host": access.host, "port": access.port, "path_prefix": access.prefix},
            ],
            node_class=_node_class(access),
            headers=access.headers,
            http_compress=True,
            request_timeout=access.timeout,
            max_retries=0,
            retry_on_status=(),
            retry_on_timeout=False,
            meta_header=False,
        )

    def search(self, body: Json, options: Json) -> object:
        return self._asked(lambda: self._client.search(body=body, **options))  # type: ignore[arg-type]

    def search_many(self, bodies: Sequence[Json], options: Json) -> object:
        searches: list[Mapping[str, Any]] = [one for body in bodies for one in (options, body)]
        return self._asked(lambda: self._client.msearch(searches=searches))

    def validate(self, body: Json, index: str) -> object:
        return self._asked(
            lambda: self._client.indices.validate_query(
                index=index, body=body, explain=True, ignore_unavailable=True, allow_no_indices=True
            )
        )

    def fields(self, names: Sequence[str], index: str) -> object:
        # The client's own method puts the names into a body, which Elasticsearch 7 does not read.
        params = {
            "fields": ",".join(names),
            "include_unmapped": True,
            "ignore_unavailable": True,
            "allow_no_indices": True,
        }
        path, headers = f"/{quote(index, safe='*,:')}/_field_caps", {"accept": "application/json"}
        return self._asked(lambda: self._client.perform_request("GET", path, params=params, headers=headers))

    def create(self, index: str, body: Json) -> object:
        return self._asked(lambda: self._client.indices.create(index=index, body=body))

    def bulk(self, lines: Sequence[Json], index: str) -> object:
        return self._asked(lambda: self._client.bulk(operations=lines, index=index))

    def close(self) -> None:
        self._client.close()

    def _asked(self, call: Callable[[], ApiResponse[Any]]) -> object:
        url = self._settings.url
        try:
            body: object = call().body
        except UnsupportedProductError:
            raise Misconfigured(f"{url} is no Elasticsearch of today; for OpenSearch write kind: opensearch") from None
        except ApiError as error:
            headers = {name.lower(): value for name, value in error.meta.headers.items()}
            raise refusal(error.meta.status, headers, error.body, self._settings) from None
        except TlsError as error:
            raise tls_refusal(_said(error), self._settings) from None
        except ConnectionTimeout:
            raise Transient(f"{url} did not answer within {self._settings.timeout:g} s") from None
        except (SerializationError, RecursionError):
            raise Transient(f"{url} answered with what is no JSON; look at what stands between") from None
        except TransportError as error:
            raise Transient(f"{url} cannot be reached: {_said(error)}") from None
        return body


def _said(error: TransportError) -> str:
    """What went wrong below the client, whose own sentence is often only "TLS error"."""
    return clean_line("; ".join(str(inner) for inner in error.errors) or error.message, _REASON_LENGTH)


def _node_class(access: Access) -> type[Urllib3HttpNode]:
    """The client's node over connections of ours, with our trust and our proxy."""

    class Node(Urllib3HttpNode):
        def __init__(self, config: NodeConfig) -> None:
            super().__init__(config)
            self.pool.close()
            self.pool = access.pool()

    return Node
