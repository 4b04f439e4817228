"""The world of the way: the peers that it asks and speaks to, opened, and joined with what is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass

from gerritbot_er import dependencies
from gerritbot_er.calls import ThreadCalls
from gerritbot_er.chat.irc import IrcNotices
from gerritbot_er.gerrit.groups import GerritGroups
from gerritbot_er.gerrit.reviews import GerritReviews
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.peers import GERRIT_SSH, keepers_of, open_history, open_infos, open_stores
from gerritbot_er.ports import BuildInfo, History, LogStore, Reviews
from gerritbot_er.secret import read_secret
from gerritbot_er.triage.reply_group import ReplyGroup
from gerritbot_er.triage.sample import Sample, SampledSightings
from gerritbot_er.triage.way import World

from .runtime import Bells, Runtime
from .storage import Storage
from .supervisor import Bell

POST_WITHIN = 10.0
"""Seconds that a post under way has at the end; one that takes longer is looked for in history at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The connections to all peers.

    ``reading`` is the stream's connection to Gerrit, ``writing`` that of all else; stores and keepers by name.
    """

    desk_calls: ThreadCalls
    sample_calls: ThreadCalls
    reading: Connection
    writing: Connection
    history: History
    reviews: Reviews
    keepers: Mapping[str, LogKeeper]
    stores: Mapping[str, LogStore]
    infos: Mapping[str, BuildInfo]
    irc: IrcNotices | None


def open_peers(runtime: Runtime, bells: Bells) -> Peers:
    """Those that the settings name; ``Misconfigured`` where a key, secret or certificate cannot be read."""
    settings = runtime.settings
    # Opened before the log stores, so that they are closed after them: the stores' end frees the calls that wait.
    desk_calls, sample_calls = runtime.calls("desk", bells.desk), runtime.calls("sample", bells.sample)
    reading, writing = _connect(runtime), _connect(runtime)
    history = open_history(
        settings, writing, runtime.environ, runtime.clock, runtime.closing, board=runtime.board, meter=runtime.meter
    )
    keepers = keepers_of(settings)
    stores = open_stores(settings, runtime.environ, runtime.closing, keepers)
    infos = open_infos(settings, runtime.clock.monotonic, runtime.closing)
    return Peers(
        desk_calls=desk_calls,
        sample_calls=sample_calls,
        reading=reading,
        writing=writing,
        history=history,
        reviews=runtime.metered(GerritReviews(writing, settings.gerrit.notify), GERRIT_SSH),
        keepers=keepers,
        stores=stores,
        infos={name: runtime.metered(info, dependencies.ci_server(name)) for name, info in infos.items()},
        irc=_irc(runtime),
    )


def _connect(runtime: Runtime) -> Connection:
    connection = Connection(runtime.settings.gerrit)
    runtime.closing.callback(connection.close)
    return connection


def _irc(runtime: Runtime) -> IrcNotices | None:
    irc = runtime.settings.irc
    if irc is None:
        return None
    return IrcNotices(irc, read_secret(irc.sasl_password_file, irc.sasl_password_env, runtime.environ), runtime.clock)


def world_of(runtime: Runtime, storage: Storage, peers: Peers, sample: Sample | None, bells: Bells) -> World:
    """All that the way needs; a bell rings when what was asked for its worker has come."""
    return World(
        clock=runtime.clock,
        library=runtime.library,
        stores={name: runtime.metered(store, dependencies.log_store(name)) for name, store in peers.stores.items()},
        infos=peers.infos,
        history=peers.history,
        reviews=peers.reviews,
        notices=peers.irc,
        cases=storage.cases,
        outbox=storage.outbox,
        outages=storage.outages,
        sightings=SampledSightings(storage.sightings, sample) if sample else storage.sightings,
        brakes=storage.brakes,
        bugs=storage.bugs,
        desk_calls=peers.desk_calls,
        history_calls=runtime.calls("history", bells.catch_up),
        poster_calls=runtime.calls("poster", bells.poster, finish=POST_WITHIN),
        board=runtime.board,
        group=_group(runtime, peers.writing, bells.intake),
        meter=runtime.meter,
    )


def _group(runtime: Runtime, connection: Connection, bell: Bell) -> ReplyGroup | None:
    """None where owners alone may answer."""
    name = runtime.settings.replies.group
    if name is None:
        return None
    groups = runtime.metered(GerritGroups(connection, runtime.settings.gerrit.username), GERRIT_SSH)
    calls = runtime.calls("group", bell)
    return ReplyGroup(name, groups=groups, calls=calls, clock=runtime.clock, board=runtime.board)
