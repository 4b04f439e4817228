"""What a cluster's refusal means to the caller: an HTTP status and its body become one of our errors; pure."""

from collections.abc import Mapping
from http import HTTPStatus

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.retry_after import retry_after
from gerritbot_er.settings import ClusterStore

_REASON_LENGTH = 300
_DEEPEST = 8
_TLS_REFUSED = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNSUPPORTED_PROTOCOL")
"""What OpenSSL says when trying again cannot help; other TLS errors are broken connections."""


_BUSY = frozenset({408, 409, 425, 429})
"""Refusals that are no fault of the question and pass."""

_OTHER_CLIENT = "for OpenSearch, or Elasticsearch before 7.17, write kind: opensearch"
_REMEDIES: Mapping[int, str] = {
    401: "check username and password_file, or api_key_file",
    403: 'grant the user the privilege "read" on {index}',
    404: "check url, the path before the API's own included",
    405: _OTHER_CLIENT,
    406: _OTHER_CLIENT,
    407: "the proxy wants a password; let this host through without one",
    413: "let requests of 10 MB through (nginx: client_max_body_size 10m)",
    415: _OTHER_CLIENT,
}
"""What to change, by HTTP status."""


class BadQuestion(Permanent):
    """The cluster cannot read what it was asked (400): one of the signatures, or fields that are not as the preset's.

    ``reason`` is the cluster's own sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the cluster refuses the query: {reason}")
        self.reason = reason


class Refused(Misconfigured):
    """The cluster refuses all that it is asked, with this HTTP status; ``reason`` is its own sentence."""

    def __init__(self, url: str, status: int, remedy: str, reason: str) -> None:
        super().__init__(f"{url} refuses the search ({status}); {remedy}: {reason}")
        self.status = status
        self.remedy = remedy
        self.reason = reason


def is_busy(status: int) -> bool:
    """Whether the same may be taken later."""
    return status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def refusal(status: int, headers: Mapping[str, str], body: object, settings: ClusterStore) -> GerritbotError:
    """The error for an answer that is none: ``headers`` in lower case, ``body`` decoded JSON or text."""
    why = reason(body)
    if status == HTTPStatus.BAD_REQUEST:
        return BadQuestion(why)
    if is_busy(status) or status < HTTPStatus.MULTIPLE_CHOICES:
        return Transient(f"{settings.url} cannot answer now ({status}): {why}", after=retry_after(headers))
    remedy = _REMEDIES.get(status, "check url").format(index=settings.index)
    location = headers.get("location")
    moved = f"; it says to go to {clean_line(location, _REASON_LENGTH)}" if location else ""
    return Refused(settings.url, status, remedy + moved, why)


def tls_refusal(text: str, settings: ClusterStore) -> GerritbotError:
    """The error for a failed TLS handshake, told by what OpenSSL said."""
    said = clean_line(text, _REASON_LENGTH)
    if not any(mark in text for mark in _TLS_REFUSED):
        return Transient(f"{settings.url}: the encrypted connection broke: {said}")
    where = settings.ca_file or "not set, the system's authorities count"
    return Misconfigured(
        f"{settings.url}: its certificate is not trusted, or it speaks no TLS there; put the certificate of its "
        f"authority into ca_file (now: {where}), or check url: {said}"
    )


def reason(body: object) -> str:
    """The cluster's own sentence out of an error's body, of any shape: the innermost cause that says something."""
    if not isinstance(body, Mapping):
        return (sentence(body) if isinstance(body, str) else "") or "no reason given"
    error = body.get("error", body)
    if isinstance(error, Mapping):
        failed = error.get("failed_shards")
        if isinstance(failed, list) and failed and isinstance(failed[0], Mapping):
            error = failed[0].get("reason", error)
    best = error if isinstance(error, str) else "no reason given"
    for _ in range(_DEEPEST):
        if not isinstance(error, Mapping):
            break
        said = error.get("reason")
        if isinstance(said, str) and said:
            best = said
        error = error.get("caused_by")
    return sentence(best)


def sentence(text: str) -> str:
    """One line for people.

    Lucene's parser repeats the whole query first, and ends with all the tokens that it would have liked: what lies
    between says what is wrong.
    """
    said = text.split("\nWas expecting", 1)[0]
    start = said.find("Cannot parse '")
    end = said.rfind("': ")
    return clean_line(said[end + len("': ") :] if 0 <= start < end else said, _REASON_LENGTH)
