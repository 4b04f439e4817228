"""Gerrit is stopped and started under us: the board tells when its stream is open, and when it is proved."""

import threading
from collections.abc import Callable
from pathlib import Path

from gerritbot_er import dependencies
from gerritbot_er.daemon.listener import StreamListener
from gerritbot_er.daemon.supervisor import Bell
from gerritbot_er.dependencies import Condition
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.triage.catchup import CatchUp
from gerritbot_er.triage.intake import Intake
from tests.unit.triage.world import ZUUL, InlineCalls
from tests.unit.triage.world import World as State

from .gerrit_running import PATIENCE, US, Clock, connection, streaming, world


class ToldBoard:
    """What was said of the stream, one state after another."""

    def __init__(self) -> None:
        self.said = 0
        self.states: list[Condition] = []
        self._news = threading.Condition()

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        del why, retry_in
        with self._news:
            if name != dependencies.STREAM:
                return
            self.said += 1
            if self.states[-1:] != [state]:
                self.states.append(state)
            self._news.notify_all()

    def count(self, what: str, by: int = 1) -> None:
        """Not looked at here."""

    def wait_for_more(self) -> None:
        """Until something was said after the first word."""
        with self._news:
            if not self._news.wait_for(lambda: self.said > 1, PATIENCE):
                raise TimeoutError("nothing is said of the stream")

    def wait_for(self, state: Condition, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Until this is the last word; ``meanwhile`` is done every now and then."""
        for _ in range(int(PATIENCE / 0.05)):
            meanwhile()
            with self._news:
                if self.states[-1] is state or self._news.wait_for(lambda: self.states[-1] is state, 0.05):
                    return
        raise TimeoutError(f"never {state}: {self.states}")


def test_f03_a_stream_that_is_open_again_is_proved_by_history_or_by_an_event(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "gerrit").mkdir()
    state, clock, board = State(tmp_path / "state"), Clock(), ToldBoard()
    with world(tmp_path / "gerrit") as peer, connection(peer.settings()) as opened:
        intake = Intake(cis=[ZUUL], username=US, cases=state.cases, sightings=None, clock=clock, opened=lambda _: None)
        history = GerritHistory(opened)
        catch_up = CatchUp(history=history, intake=intake, cases=state.cases, calls=InlineCalls(), clock=clock)
        listener = StreamListener(intake, Bell(), catch_up, Bell(), board)
        with streaming(opened, clock, listener):
            board.wait_for_more()
            peer.gerrit.troubles.query_answer = b""
            catch_up.step()
            catch_up.step()
            assert board.states == [Condition.CONNECTING], "neither an event nor history has proved it"

            peer.gerrit.troubles.query_answer = None

            def catch_up_later() -> None:
                clock.waited += 5.0
                catch_up.step()

            board.wait_for(Condition.WORKING, catch_up_later)

            peer.gerrit.stop()
            board.wait_for(Condition.DEGRADED)
            peer.gerrit.start()
            peer.gerrit.wait_for_stream(US, PATIENCE)
            board.wait_for(Condition.CONNECTING)
            peer.gerrit.comment("zuul", peer.change, "Build succeeded.")
            board.wait_for(Condition.WORKING)
    states = [Condition.CONNECTING, Condition.WORKING, Condition.DEGRADED, Condition.CONNECTING, Condition.WORKING]
    assert board.states[:5] == states
    state.close()
