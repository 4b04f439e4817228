"""Tries every peer that the settings name, and says of each that it works or what to do."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import IntEnum

from gerritbot_er.builds import client_for
from gerritbot_er.chat.irc import IrcNotices
from gerritbot_er.clock import SystemClock
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.gerrit.events_log import EventsLog
from gerritbot_er.gerrit.groups import GerritGroups
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.rest import GerritRest
from gerritbot_er.gerrit.rest_history import RestHistory
from gerritbot_er.gerrit.rights import ask_rights
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.http_client import Absent
from gerritbot_er.insight.exported import Document, Fate
from gerritbot_er.logs.cluster import open_cluster
from gerritbot_er.peers import open_export, open_rest
from gerritbot_er.ports import Clock, Tracker
from gerritbot_er.secret import read_secret
from gerritbot_er.settings import CI, ClusterStore, Export, Gerrit, Irc, LocalStore, Settings
from gerritbot_er.signatures.files import read_folder
from gerritbot_er.trackers import open_trackers

_STREAM_SECONDS = 2.0
"""A refusal comes at once; silence means that the stream is open."""
_IRC_SECONDS = 45.0
_NOBODYS = "check-config"
"""The id of no document."""
_ANSWER_BYTES = 1024 * 1024
_UNSEEN = (
    "not checked: over SSH nobody can see whether the account may vote, submit or administer; "
    "give gerrit web and http_password_file, if only for this check"
)


class Grade(IntEnum):
    """How a try went; its number is the exit status it asks for."""

    OK = 0
    FINDING = 1
    LATER = 75
    WRONG = 78


@dataclass(frozen=True, slots=True)
class Tried:
    """How one peer answered."""

    peer: str
    grade: Grade
    says: str


class _Finding(Exception):
    """It works, and something about it wants to be looked at: the account may do more than it needs, a bug is gone."""


def try_peers(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Tried]:
    """Try one after the other; each is given as soon as it is known."""
    clock = SystemClock()
    yield from _gerrit(settings, clock)
    yield from _gerrit_web(settings, environ, clock)
    for name, store in settings.stores_in_use.items():
        yield _tried(f"log store {name}", lambda store=store: _store(store, environ))  # type: ignore[misc]
    if settings.export:
        export = settings.export
        yield _tried(f"sightings to {export.log_store}", lambda: _export(export, settings, environ))
    for ci in settings.cis:
        if ci.web:
            yield _tried(f"CI {ci.name}", lambda ci=ci: _ci(ci, clock))  # type: ignore[misc]
    if settings.irc:
        irc = settings.irc
        yield _tried("IRC", lambda: _irc(irc, environ, clock))
    yield from _trackers(settings, environ, clock)


def _tried(peer: str, attempt: Callable[[], str]) -> Tried:
    try:
        return Tried(peer, Grade.OK, attempt())
    except _Finding as excess:
        return Tried(peer, Grade.FINDING, str(excess))
    except Transient as error:
        return Tried(peer, Grade.LATER, str(error))
    except GerritbotError as error:
        return Tried(peer, Grade.WRONG, str(error))


def _gerrit(settings: Settings, clock: Clock) -> Iterator[Tried]:
    connection = Connection(settings.gerrit)
    try:
        login = _tried("Gerrit login", lambda: _version(connection, settings.gerrit))
        yield login
        if login.grade is not Grade.OK:
            return
        yield _tried("Gerrit history", lambda: _history(connection, clock))
        yield _tried("Gerrit stream", lambda: _stream(connection))
        group = settings.replies.group
        if group:
            yield _tried("Gerrit group", lambda: _group(connection, settings.gerrit, group))
    finally:
        connection.close()


def _version(connection: Connection, gerrit: Gerrit) -> str:
    answer = connection.run("gerrit version", timeout=30.0)
    if answer.status != 0:
        raise Misconfigured(f"the account {gerrit.username} may not run commands: {answer.complaint}")
    said = answer.stdout.decode("utf-8", "replace").strip()
    return f"{said if said.isprintable() else 'Gerrit'}; host key known, key accepted for {gerrit.username}"


def _history(connection: Connection, clock: Clock) -> str:
    events = sum(1 for _ in GerritHistory(connection).since(int(clock.now()) - 60))
    return f"changes can be queried; {events} events in the last minute"


def _stream(connection: Connection) -> str:
    stream = connection.open_stream("gerrit stream-events -s comment-added")
    try:
        if stream.recv(_STREAM_SECONDS) == b"":
            complaint = stream.ending().complaint
            raise Misconfigured(
                f"the account may not stream events ({complaint or 'no reason given'}): add it to the group "
                "Service Users, or give it the global capability Stream Events"
            )
    finally:
        stream.close()
    return "events are streamed"


def _group(connection: Connection, gerrit: Gerrit, name: str) -> str:
    members = GerritGroups(connection, gerrit.username).members(name)
    return f"{len(members)} member{'' if len(members) == 1 else 's'} of {name} may answer on every change"


def _gerrit_web(settings: Settings, environ: Mapping[str, str], clock: Clock) -> Iterator[Tried]:
    """What only an HTTP password lets be seen."""
    with ExitStack() as closing:
        try:
            rest = open_rest(settings, environ, clock, closing)
        except Misconfigured as error:
            yield Tried("Gerrit REST", Grade.WRONG, str(error))
            return
        if rest is None:
            yield Tried("Gerrit rights", Grade.OK, _UNSEEN)
            return
        answers = _tried("Gerrit REST", lambda: _rest(rest, clock))
        yield answers
        if answers.grade is Grade.OK:
            yield _tried("Gerrit rights", lambda: _rights(rest, settings.gerrit.username))


def _rest(rest: GerritRest, clock: Clock) -> str:
    now = int(clock.now())
    events = sum(1 for _ in RestHistory(rest).since(now - 60))
    try:
        EventsLog(rest, now=clock.now).since(now - 60)
        log = "the plugin events-log answers"
    except Absent:
        log = "the plugin events-log is not installed"
    except Transient as error:
        log = f"the plugin events-log is of no use now ({error})"
    return f"{rest.web} can be read; {events} events in the last minute; {log}"


def _rights(rest: GerritRest, username: str) -> str:
    rights = ask_rights(rest)
    if rights.excess:
        raise _Finding(
            f"{username} may do more than it needs: {'; '.join(rights.excess)}; take it away, as the page for your "
            "kind of site shows (docs/site-*.rst, The account on Gerrit)"
        )
    if not rights.looked_at:
        return f"{username} administers nothing; there is no open change on which its votes could be seen"
    unsure = "" if rights.ready else " (none is ready to be submitted, so that this right could not be seen)"
    return f"{username} administers nothing, and may neither vote nor submit on {rights.looked_at} open changes{unsure}"


def _store(store: ClusterStore | LocalStore, environ: Mapping[str, str]) -> str:
    if isinstance(store, LocalStore):
        return "needs no server: logs are fetched from the log_hosts of each CI"
    with open_cluster(store, environ) as cluster:
        problems = cluster.check()
    if problems:
        raise Misconfigured(" ".join(problems))
    return f"{store.url} can be searched; the fields of {store.index} are as {store.fields} has them"


def _export(export: Export, settings: Settings, environ: Mapping[str, str]) -> str:
    """Make the index where it is missing, and take away a document that nobody ever sent: that wants every right."""
    with ExitStack() as closing:
        index = open_export(export, settings, environ, closing)
        index.prepare()
        receipt = index.send([Document(_NOBODYS, None)])[0]
    if receipt.fate is not Fate.TAKEN:
        raise Transient(f"{export.index} takes no documents now: {receipt.why}")
    return f"documents of failed builds can be written to {export.index}"


def _ci(ci: CI, clock: Clock) -> str:
    pages = {"jenkins": "api/json?tree=mode", "zuul": "api/tenants"}
    page = f"api/tenant/{ci.tenant}/builds?limit=1" if ci.kind == "zuul" and ci.tenant else pages[ci.kind]
    with client_for(ci, clock.monotonic) as http:
        try:
            http.read(f"{ci.web}/{page}", most=_ANSWER_BYTES)
        except Absent:
            raise Misconfigured(
                f"there is no {ci.web}/{page}: see whether web is the root of the pages"
                + (f", and {ci.tenant} the tenant" if ci.tenant else "")
            ) from None
    return f"{ci.web} answers"


def _trackers(settings: Settings, environ: Mapping[str, str], clock: Clock) -> Iterator[Tried]:
    """Each host that the signatures' bugs lead to, with the first of its bugs."""
    signatures, _ = read_folder(settings.signatures.directories, settings.signatures.bug_url)
    try:
        trackers = open_trackers(settings.trackers, clock, environ)
    except Misconfigured as error:
        yield Tried("trackers", Grade.WRONG, str(error))
        return
    with trackers:
        first: dict[str, str] = {}
        for _, signature in sorted(signatures.items()):
            host = trackers.host(signature.bug) if signature.bug else None
            if host and signature.bug:
                first.setdefault(host, signature.bug)
        for host, url in first.items():
            yield _tried(f"tracker {host}", lambda url=url: _bug(trackers, url))  # type: ignore[misc]


def _bug(tracker: Tracker, url: str) -> str:
    try:
        bug = tracker.look(url)
    except Permanent as error:
        raise _Finding(f"{url}: {error}") from None
    return f"{url} is {bug.state}: {bug.title}"


def _irc(irc: Irc, environ: Mapping[str, str], clock: Clock) -> str:
    """Connect, log in and join all channels, and leave again; nothing is said there."""
    notices = IrcNotices(irc, read_secret(irc.sasl_password_file, irc.sasl_password_env, environ), clock)
    stop = threading.Event()
    thread = threading.Thread(target=notices.run, args=(stop,), name="irc", daemon=True)
    thread.start()
    try:
        deadline = clock.monotonic() + _IRC_SECONDS
        while clock.monotonic() < deadline:
            state = notices.state()
            if state.next_try is not None:
                raise (Misconfigured if state.refused else Transient)(state.why or "no connection")
            if state.absent:
                told = "; ".join(f"{channel}: {why}" for channel, why in state.absent)
                raise Misconfigured(f"not every channel lets {state.nick} in: {told}")
            if state.connected and len(state.joined) == len({rule.name for rule in irc.channels}):
                return f"logged in as {state.nick}, joined {', '.join(state.joined)}"
            stop.wait(0.1)
        raise Transient(f"no answer within {_IRC_SECONDS:.0f} s: {state.why or 'not all channels were joined'}")
    finally:
        stop.set()
        thread.join()
