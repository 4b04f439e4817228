"""Asks trackers over HTTP: the port ``Tracker``, bounded in hosts, bytes and time as the guarded client is.

What was answered stays here with its tag, so that a tracker that knows tags says "unchanged" and sends nothing; GitHub
does not count such an answer against what a token may ask.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.http_client import Absent, HttpClient, Limits, Refused, TooLarge
from gerritbot_er.http_client.addresses import Gate, NotLetThrough
from gerritbot_er.model import BugFacts
from gerritbot_er.ports import Clock
from gerritbot_er.secret import Secret, read_secret
from gerritbot_er.settings import KnownTracker, OtherTracker

from .answers import Said
from .table import LAUNCHPAD_API, Question, Rule, found, table

MOST_BYTES = 1024 * 1024
"""Of an answer: an issue's text and some hundred tasks take a tenth of it."""
LIMITS = Limits(connect=10, silence=20, total=40, rate=1024, packed=MOST_BYTES, plain=MOST_BYTES)
MOST_KEPT = 10_000
_REDIRECTS = 3
_UNAUTHORIZED, _FORBIDDEN, _SERVER_ERRORS = 401, 403, 500


@dataclass(frozen=True, slots=True)
class _Site:
    """Who asks by a row of the table; ``secured``: with a token."""

    http: HttpClient
    secured: bool


class WebTrackers:
    """See ``ports.Tracker``; asked from several threads, to be closed."""

    def __init__(self, rules: Sequence[Rule], clock: Clock, environ: Mapping[str, str]) -> None:
        """``Misconfigured`` where a token or an authority of a row's settings cannot be read."""
        self._rules = tuple(rules)
        self._clock = clock
        self._last: dict[str, tuple[str, Said]] = {}
        with ExitStack() as closing:
            public = HttpClient(Gate(("*",)), limits=LIMITS, redirects=_REDIRECTS, clock=clock.monotonic)
            closing.push(public)
            self._sites = [
                _site(rule.settings, clock.monotonic, environ, closing)
                if rule.settings
                else _Site(public, secured=False)
                for rule in self._rules
            ]
            self._closing = closing.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._closing.close()

    def host(self, url: str) -> str | None:
        asked = found(self._rules, url)
        return asked[1].host if asked else None

    def look(self, url: str) -> BugFacts:
        asked = found(self._rules, url)
        if asked is None:
            raise Permanent(f"{url} is a bug of no tracker that is asked")
        rule, question = asked
        site = self._sites[self._rules.index(rule)]
        try:
            said = self._ask(site.http, url, question)
        except GerritbotError as error:
            raise _told(error, question.host, secured=site.secured) from None
        return BugFacts(url, said.title, said.state, said.closed, said.fixed, self._clock.now())

    def _ask(self, http: HttpClient, url: str, question: Question) -> Said:
        tag, before = self._last.get(url, ("", None))
        with http.get(question.request, most=MOST_BYTES, tag=tag) as answer:
            body = answer.body()
            if answer.unchanged and before is not None:
                return before
            tag = answer.tag
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):  # of a proxy, or of a server in maintenance
            raise Transient(f"{question.host} answers what is no JSON") from None
        said = question.read(value)
        if tag and len(self._last) < MOST_KEPT:
            self._last[url] = (tag, said)
        return said


def open_trackers(
    trackers: Sequence[KnownTracker | OtherTracker], clock: Clock, environ: Mapping[str, str]
) -> WebTrackers:
    """The trackers of this configuration; ``Misconfigured`` where a token or an authority cannot be read."""
    return WebTrackers(table(trackers), clock, environ)


def _site(
    settings: KnownTracker | OtherTracker,
    monotonic: Callable[[], float],
    environ: Mapping[str, str],
    closing: ExitStack,
) -> _Site:
    """The server of an entry, which may lie anywhere; those of our own rows are met at public addresses alone."""
    token = read_secret(settings.token_file, settings.token_env, environ)
    client = HttpClient(
        Gate((), own_hosts=(_own_host(settings),)),
        limits=LIMITS,
        ca_file=settings.ca_file,
        authorization=None if token is None else _authorization(token, settings.username),
        redirects=0 if token else _REDIRECTS,
        clock=monotonic,
    )
    return _Site(closing.enter_context(client), secured=token is not None)


def _own_host(settings: KnownTracker | OtherTracker) -> str:
    if isinstance(settings, OtherTracker):
        return urlsplit(settings.request).hostname or ""
    host = urlsplit(settings.web or "").hostname or "github.com"
    return "api.github.com" if settings.kind == "github" and host == "github.com" else host


def _authorization(token: Secret, username: str | None) -> Secret:
    if username is None:
        return Secret(f"Bearer {token.reveal()}")
    return Secret(f"Basic {base64.b64encode(f'{username}:{token.reveal()}'.encode()).decode()}")


def _told(error: GerritbotError, host: str, *, secured: bool) -> GerritbotError:
    """An error in words for who keeps signatures and trackers."""
    if isinstance(error, NotLetThrough):
        return _not_let_through(error, host)
    if isinstance(error, Absent):
        return Permanent(f"{host} has no such bug, or shows it to its users alone")
    if isinstance(error, TooLarge):
        return Permanent(f"{host} answers more than {MOST_BYTES} bytes")
    if isinstance(error, Transient) and error.after is not None:
        tokenless = secured or host == urlsplit(LAUNCHPAD_API).netloc
        more = "" if tokenless else "; with a token in its entry of trackers it may be asked more often"
        return Transient(f"{error} and wants us to wait{more}", after=error.after)
    return _refused(error, host, secured=secured) if isinstance(error, Refused) else error


def _not_let_through(error: NotLetThrough, host: str) -> Permanent:
    if error.host != urlsplit(f"//{host}").hostname:
        return Permanent(
            f"{host} sends us on to {error.host}, which is not asked: where that is for people to sign in, give a "
            "token in its entry of trackers"
        )
    return Permanent(f"{host} is not asked, as its address is not public: if that is meant, add it to trackers")


def _refused(error: Refused, host: str, *, secured: bool) -> GerritbotError:
    if error.status == _UNAUTHORIZED and secured:
        return Misconfigured(f"{host} refuses the token: make a new one, and write it where its entry of trackers says")
    if error.status in (_UNAUTHORIZED, _FORBIDDEN):
        return Permanent(f"{host} does not show it to us (HTTP {error.status})")
    if error.status < 400:  # noqa: PLR2004 - redirects, which no token follows
        return Permanent(f"{host} has it elsewhere (HTTP {error.status}): write its new URL into the signature")
    told = f"{host} answers {error.status}"
    return Transient(told) if error.status >= _SERVER_ERRORS else Permanent(told)
