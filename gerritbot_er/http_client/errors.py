"""What can go wrong with a request, and what a library's error or a status means for our caller."""

import logging
import ssl
from collections.abc import Mapping

import urllib3

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.retry_after import retry_after

from .addresses import Target
from .watch import Watch

log = logging.getLogger(__name__)

_FORBIDDEN = 403
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class Absent(Transient):
    """There is nothing at this URL (404, 410), or nothing yet."""


class Refused(Permanent):
    """An answer that asking again does not change; ``status`` is the server's."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(Permanent):
    """More bytes than the limit; those before it were given out."""


class TooSlow(Transient):
    """The host took longer than the limits allow: the rest of its files would take as long."""


def meaning_of_error(wanted: Target, error: Exception, watch: Watch) -> GerritbotError:
    """What a library's error means for our caller."""
    if isinstance(error, GerritbotError):
        return error
    if watch.verdict:
        return TooSlow(watch.verdict)
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # which the library derives from a timeout
    if isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError) and not refused:
        return TooSlow(f"{wanted.host} says nothing for too long")
    reason: object = error
    while isinstance(reason, Exception):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Misconfigured(
                f"the certificate of {wanted.host} is not trusted ({reason.verify_message}); "
                "set ca_file to the authority that signed it"
            )
        reason = reason.__cause__ or reason.__context__ or next(iter(reason.args), None)
    if isinstance(error, urllib3.exceptions.HTTPError | OSError | ValueError):
        return Transient(f"{wanted.host} can not be reached or does not answer: {_short(error)}")
    return Transient(f"{wanted.host} does not speak HTTP as we do: {_short(error)}")


def _short(error: Exception) -> str:
    """An error's own words in one line; some are as long as the answer they complain of."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def meaning_of_status(wanted: Target, status: int, headers: Mapping[str, str]) -> GerritbotError:
    """What a status means; that of a server in trouble is shown on our board, where no path may be named."""
    said = f"{wanted.host} answers {status}"
    shown = f"{said} for {wanted.path.partition('?')[0][:200]}"
    log.debug("%s", shown)
    if status in (404, 410):
        return Absent(said, after=retry_after(headers))
    after = retry_after(headers)
    if status in _LATER or (status == _FORBIDDEN and after is not None):  # GitHub's way to say "too many"
        return Transient(said, after=after)
    return Refused(f"{shown}: see whether it may be read without a password", status=status)
