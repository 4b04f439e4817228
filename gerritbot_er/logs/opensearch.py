"""OpenSearch, and Elasticsearch before 7.17, through opensearch-py: few calls, none of them tried twice here."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from opensearchpy import OpenSearch, Urllib3HttpConnection
from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.exceptions import ConnectionTimeout, SerializationError, SSLError

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Transient
from gerritbot_er.settings import ClusterStore

from .access import Access
from .question import Json
from .refusals import refusal, tls_refusal

_REFUSALS = range(300, 600)
_REASON_LENGTH = 300


class OpenSearchEngine:
    """The calls to an OpenSearch; an answer is decoded JSON of any shape, a refusal one of our errors."""

    def __init__(self, settings: ClusterStore, access: Access) -> None:
        self._settings = settings
        self._client = OpenSearch(
            hosts=[{"host": access.host, "port": access.port, "url_prefix": access.prefix}],
            connection_class=_connection_class(settings, access),
            headers=access.headers,
            http_compress=True,
            timeout=access.timeout,
            max_retries=0,
            retry_on_timeout=False,
        )

    def search(self, body: Json, options: Json) -> object:
        return self._asked(lambda: self._client.search(body=body, index=options["index"], params=_params(options)))

    def search_many(self, bodies: Sequence[Json], options: Json) -> object:
        searches = [one for body in bodies for one in (options, body)]
        return self._asked(lambda: self._client.msearch(body=searches))

    def validate(self, body: Json, index: str) -> object:
        params = _params({"explain": True, "ignore_unavailable": True, "allow_no_indices": True})
        return self._asked(lambda: self._client.indices.validate_query(body=body, index=index, params=params))

    def fields(self, names: Sequence[str], index: str) -> object:
        params = _params({"include_unmapped": True, "ignore_unavailable": True, "allow_no_indices": True})
        params["fields"] = ",".join(names)
        return self._asked(lambda: self._client.field_caps(index=index, params=params))

    def create(self, index: str, body: Json) -> object:
        return self._asked(lambda: self._client.indices.create(index=index, body=body))

    def bulk(self, lines: Sequence[Json], index: str) -> object:
        return self._asked(lambda: self._client.bulk(body=lines, index=index))

    def close(self) -> None:
        self._client.close()

    def _asked(self, call: Callable[[], object]) -> object:
        url = self._settings.url
        try:
            return call()
        except SSLError as error:
            raise tls_refusal(str(error), self._settings) from None
        except ConnectionTimeout:
            raise Transient(f"{url} did not answer within {self._settings.timeout:g} s") from None
        except (SerializationError, RecursionError):
            raise Transient(f"{url} answered with what is no JSON; look at what stands between") from None
        except NoConnection as error:
            raise Transient(f"{url} cannot be reached: {clean_line(str(error.info), _REASON_LENGTH)}") from None


def _params(options: Json) -> Json:
    """The options as they stand in a URL; the client leaves Python's ``True``, which the server does not take."""
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in options.items()}
    words.pop("index", None)
    return words


def _decoded(text: str) -> object:
    """The JSON of a refusal, else its text: what stands before a cluster answers in HTML."""
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return body


def _connection_class(settings: ClusterStore, access: Access) -> type[Urllib3HttpConnection]:
    """The client's connection over connections of ours; its own errors would lose the ``Retry-After`` header."""

    class Connection(Urllib3HttpConnection):
        def _create_urllib3_pool(self) -> None:
            self.pool = access.pool()

        def perform_request(  # noqa: PLR0917 - the client calls it so
            self,
            method: str,
            url: str,
            params: Mapping[str, Any] | None = None,
            body: bytes | None = None,
            timeout: float | None = None,
            ignore: Collection[int] = (),
            headers: Mapping[str, str] | None = None,
        ) -> tuple[int, Mapping[str, str], str]:
            status, said, raw = super().perform_request(
                method, url, params, body, timeout, {*ignore, *_REFUSALS}, headers
            )
            if status in _REFUSALS:
                raise refusal(status, {name.lower(): value for name, value in said.items()}, _decoded(raw), settings)
            return status, said, raw

    return Connection
