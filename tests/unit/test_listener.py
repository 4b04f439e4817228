"""The stream's listener: what it hears is handed on in an order that loses nothing."""

from collections.abc import Callable
from pathlib import Path

from gerritbot_er.clock import SystemClock
from gerritbot_er.listener import StreamListener
from gerritbot_er.model import ChangeClosed, DroppedOutput
from gerritbot_er.state import StatusBoard
from gerritbot_er.supervisor import Bell
from gerritbot_er.triage.catchup import CatchUp
from gerritbot_er.triage.intake import Intake

from .triage.world import BOT, CHANGE, START, ZUUL, InlineCalls, World

AT = int(START)


class KeptAtTheWorstMoment(CatchUp):
    """The intake's own thread commits just before it is known that events were dropped."""

    def missed(self, *, again_after: float | None = None, then: Callable[[], None] | None = None) -> None:
        self._intake.keep()
        super().missed(again_after=again_after, then=then)


def test_f05_no_event_behind_dropped_ones_moves_the_cursor(tmp_path: Path) -> None:
    world = World(tmp_path)
    intake = Intake(
        cis=[ZUUL], username=BOT, cases=world.cases, sightings=None, clock=world.clock, opened=lambda _: None
    )
    catch_up = KeptAtTheWorstMoment(
        history=world.gerrit, intake=intake, cases=world.cases, calls=InlineCalls(), clock=world.clock, since=AT
    )
    listener = StreamListener(intake, Bell(), catch_up, Bell(), StatusBoard(world.state, SystemClock()))
    before = world.cases.cursor()
    listener.received([DroppedOutput(AT + 200), ChangeClosed(CHANGE, AT + 500)])
    intake.keep()
    assert world.cases.cursor() == before
    assert world.cases.newest(CHANGE.number) == (0, False), "what was heard is kept all the same"
    world.close()
