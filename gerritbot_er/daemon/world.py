"""The world of the way: the peers that it asks and speaks to, opened, and joined with what is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass

from gerritbot_er import standing
from gerritbot_er.calls import ThreadCalls
from gerritbot_er.chat.irc import IrcNotices
from gerritbot_er.gerrit.groups import GerritGroups
from gerritbot_er.gerrit.reviews import GerritReviews
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.peers import GERRIT_SSH, keepers_of, open_history, open_infos, open_stores
from gerritbot_er.ports import BuildInfo, History, LogStore, Reviews
from gerritbot_er.secret import read_secret
from gerritbot_er.supervisor import Bell
from gerritbot_er.triage.reply_group import ReplyGroup
from gerritbot_er.triage.sample import HeardToo, Sample
from gerritbot_er.triage.way import World

from .ground import Bells, Ground
from .memory import Memory

POST_WITHIN = 10.0
"""Seconds that a post under way has at the end; one that takes longer is looked for in history at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """``reading`` is the stream's connection to Gerrit, ``writing`` that of all else; stores and keepers by name."""

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


def open_peers(ground: Ground, bells: Bells) -> Peers:
    """Those that the settings name; ``Misconfigured`` where a key, secret or certificate cannot be read."""
    settings = ground.settings
    # Opened before the log stores, so that they are closed after them: the stores' end frees the calls that wait.
    desk_calls, sample_calls = ground.calls("desk", bells.desk), ground.calls("sample", bells.sample)
    reading, writing = _connect(ground), _connect(ground)
    history = open_history(
        settings, writing, ground.environ, ground.clock, ground.closing, board=ground.board, meter=ground.meter
    )
    keepers = keepers_of(settings)
    stores = open_stores(settings, ground.environ, ground.closing, keepers)
    infos = open_infos(settings, ground.clock.monotonic, ground.closing)
    return Peers(
        desk_calls=desk_calls,
        sample_calls=sample_calls,
        reading=reading,
        writing=writing,
        history=history,
        reviews=ground.metered(GerritReviews(writing, settings.gerrit.notify), GERRIT_SSH),
        keepers=keepers,
        stores=stores,
        infos={name: ground.metered(info, standing.ci_server(name)) for name, info in infos.items()},
        irc=_irc(ground),
    )


def _connect(ground: Ground) -> Connection:
    connection = Connection(ground.settings.gerrit)
    ground.closing.callback(connection.close)
    return connection


def _irc(ground: Ground) -> IrcNotices | None:
    irc = ground.settings.irc
    if irc is None:
        return None
    return IrcNotices(irc, read_secret(irc.sasl_password_file, irc.sasl_password_env, ground.environ), ground.clock)


def world_of(ground: Ground, memory: Memory, peers: Peers, sample: Sample | None, bells: Bells) -> World:
    """All that the way needs; a bell rings when what was asked for its worker has come."""
    return World(
        clock=ground.clock,
        library=ground.library,
        stores={name: ground.metered(store, standing.log_store(name)) for name, store in peers.stores.items()},
        infos=peers.infos,
        history=peers.history,
        reviews=peers.reviews,
        notices=peers.irc,
        cases=memory.cases,
        outbox=memory.outbox,
        outages=memory.outages,
        sightings=HeardToo(memory.sightings, sample) if sample else memory.sightings,
        brakes=memory.brakes,
        bugs=memory.bugs,
        desk_calls=peers.desk_calls,
        history_calls=ground.calls("history", bells.catch_up),
        poster_calls=ground.calls("poster", bells.poster, finish=POST_WITHIN),
        board=ground.board,
        group=_group(ground, peers.writing, bells.intake),
        meter=ground.meter,
    )


def _group(ground: Ground, connection: Connection, bell: Bell) -> ReplyGroup | None:
    """None where owners alone may answer."""
    name = ground.settings.replies.group
    if name is None:
        return None
    groups = ground.metered(GerritGroups(connection, ground.settings.gerrit.username), GERRIT_SSH)
    calls = ground.calls("group", bell)
    return ReplyGroup(name, groups=groups, calls=calls, clock=ground.clock, board=ground.board)
