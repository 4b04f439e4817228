"""The way of one failure, joined: intake, catching up, the desk, the poster, and the recorder of replies.

It knows ports only and has no thread.  Whoever owns it steps each part: the daemon in a thread for each, a replay or a
simulation in one loop.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gerritbot_er.model import Case
from gerritbot_er.ports import (
    NO_BOARD,
    NO_BUGS,
    NO_METER,
    AtFailpoint,
    Board,
    Brakes,
    Bugs,
    BuildInfo,
    Calls,
    Cases,
    Clock,
    History,
    LogStore,
    Meter,
    Notices,
    Outages,
    Outbox,
    Post,
    Reviews,
    Sightings,
    no_failpoint,
)
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library

from .catchup import CatchUp
from .desk import Desk
from .intake import Intake
from .poster import Poster
from .questions import Peers
from .reply_group import ReplyGroup
from .reply_recorder import ReplyRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All ports that the way needs; log stores by name, the CIs' own servers by the CI's name."""

    clock: Clock
    library: Callable[[], Library]
    stores: Mapping[str, LogStore]
    infos: Mapping[str, BuildInfo]
    history: History
    reviews: Reviews
    notices: Notices | None
    cases: Cases
    outbox: Outbox
    sightings: Sightings | None
    outages: Outages
    brakes: Brakes
    desk_calls: Calls
    history_calls: Calls
    poster_calls: Calls
    board: Board = NO_BOARD
    bugs: Bugs = NO_BUGS
    group: ReplyGroup | None = None
    meter: Meter = NO_METER


class Way:
    """The parts that a failure passes through, made from the settings and joined; each is stepped by its owner.

    ``opened`` is called when cases were put on the desk, ``deaf`` when the stream is to be opened anew.  ``since``:
    where to begin at the very first start (the server's seconds; None is now).  In a dry run, ``show`` is called with
    what would be posted, and nothing is posted.
    """

    def __init__(
        self,
        settings: Settings,
        world: World,
        *,
        opened: Callable[[], None] = lambda: None,
        deaf: Callable[[], None] = lambda: None,
        since: int | None = None,
        show: Callable[[Post], None] | None = None,
        at_failpoint: AtFailpoint = no_failpoint,
    ) -> None:
        self.desk = _desk(settings, world, at_failpoint)
        self.desk.add(world.cases.open_cases())

        def put_on_desk(new: Sequence[Case]) -> None:
            self.desk.add(new)
            opened()

        self.reply_recorder = ReplyRecorder(world.cases, world.sightings, world.group)
        self.intake = Intake(
            cis=settings.cis,
            username=settings.gerrit.username,
            cases=world.cases,
            sightings=world.sightings,
            clock=world.clock,
            opened=put_on_desk,
            replied=self.reply_recorder.add,
            at_failpoint=at_failpoint,
        )
        self.catch_up = CatchUp(
            history=world.history,
            intake=self.intake,
            cases=world.cases,
            calls=world.history_calls,
            clock=world.clock,
            since=since,
            deaf=deaf,
            board=world.board,
            at_failpoint=at_failpoint,
        )
        self.poster = _poster(settings, world, show, at_failpoint)


def _desk(settings: Settings, world: World, at_failpoint: AtFailpoint) -> Desk:
    return Desk(
        settings=settings,
        peers=Peers(world.stores, world.infos),
        library=world.library,
        cases=world.cases,
        sightings=world.sightings,
        outages=world.outages,
        brakes=world.brakes,
        bugs=world.bugs,
        calls=world.desk_calls,
        clock=world.clock,
        meter=world.meter,
        at_failpoint=at_failpoint,
    )


def _poster(settings: Settings, world: World, show: Callable[[Post], None] | None, at_failpoint: AtFailpoint) -> Poster:
    return Poster(
        outbox=world.outbox,
        cases=world.cases,
        reviews=world.reviews,
        history=world.history,
        notices=world.notices,
        channels=tuple(rule.name for rule in settings.irc.channels) if settings.irc else (),
        brakes=world.brakes,
        calls=world.poster_calls,
        clock=world.clock,
        rules=settings.speaking,
        username=settings.gerrit.username,
        show=show,
        board=world.board,
        at_failpoint=at_failpoint,
    )
