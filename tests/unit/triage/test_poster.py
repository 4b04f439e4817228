"""The poster in a simulated world: exactly one comment, whatever Gerrit says or does not say."""

import logging
from collections.abc import Iterator, Sequence

import pytest

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import ChangeHistory, Review
from gerritbot_er.ports import Batch, Posting

from .posting import decided
from .world import FakeGerrit, SimulatedClock, World


def test_a_comment_is_sent_when_it_comes_back_in_the_stream(world: World) -> None:
    token = decided(world)
    world.pass_(2)
    assert world.stages() == ["gerrit sending", "irc:#gate sent"]
    world.cases.keep(Batch(proofs=frozenset({token})))
    assert world.stages() == ["gerrit sent", "irc:#gate sent"]
    world.pass_(3600)
    assert len(world.comments) == 1


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the poster writes into the log."""
    with caplog.at_level(logging.INFO, logger="gerritbot_er.triage.poster"):
        yield caplog


def test_the_log_tells_of_a_comment_when_it_is_posted_and_of_a_pause(
    world: World, told: pytest.LogCaptureFixture
) -> None:
    world.brakes.put_on("pause", None)
    world.brakes.put_on("mute dns", None)
    token = decided(world)
    assert told.messages == ["paused: nothing is posted until it is resumed"]
    world.brakes.take_off("pause")
    world.pass_(2)
    world.brakes.take_off("mute dns")
    world.cases.keep(Batch(proofs=frozenset({token})))
    world.pass_(600)
    assert told.messages[1:] == [
        "resumed: what waited is posted",
        "signature dns is muted",
        f"comment of case {token} posted on change 4711, patch set 1",
        "signature dns is muted no more",
    ]


def test_the_log_tells_of_a_comment_whose_answer_was_lost_when_it_is_found(
    world: World, told: pytest.LogCaptureFixture
) -> None:
    world.gerrit.trouble = Transient("the connection broke")
    token = decided(world)
    world.pass_(600)
    assert told.messages == [
        "comment 1 is not proved yet: the connection broke",
        f"comment of case {token} found on change 4711, patch set 1",
    ]


def test_the_log_tells_of_a_comment_that_gerrit_took_and_does_not_have(
    world: World, told: pytest.LogCaptureFixture
) -> None:
    world.gerrit.takes = False
    token = decided(world)
    world.pass_(40)
    assert told.messages[1] == f"comment of case {token} is not on change 4711, patch set 1: it is tried again"


def test_exit_status_zero_without_the_comment_is_not_believed(world: World) -> None:
    world.gerrit.takes = False
    decided(world)
    world.pass_(50)
    assert world.comments == []
    world.gerrit.takes = True
    world.pass_(120)
    assert len(world.comments) == 1
    world.pass_(3600)
    assert len(world.comments) == 1
    assert world.stages()[0] == "gerrit sent"


def test_an_error_after_gerrit_took_the_comment_makes_no_second_one(world: World) -> None:
    world.gerrit.trouble = Transient("the connection broke")
    decided(world)
    world.pass_(600)
    assert len(world.comments) == 1
    assert world.stages()[0] == "gerrit sent"


def test_nothing_is_remembered_of_a_comment_that_the_stream_proved_after_its_answer_was_lost(world: World) -> None:
    world.gerrit.trouble = Transient("the connection broke")
    token = decided(world)
    world.pass_(2)
    world.cases.keep(Batch(proofs=frozenset({token})))
    world.pass_(2)
    assert world.stages()[0] == "gerrit sent"
    assert (world.poster._look_at, world.poster._seen) == ({}, {})


def test_an_error_before_gerrit_took_it_is_tried_again(world: World) -> None:
    world.gerrit.trouble, world.gerrit.takes = Transient("away"), False
    decided(world)
    world.pass_(300)
    world.gerrit.trouble, world.gerrit.takes = None, True
    world.pass_(900)
    assert len(world.comments) == 1


def test_a_refused_comment_is_given_up(world: World) -> None:
    world.gerrit.trouble, world.gerrit.takes = Permanent("no such change"), False
    decided(world)
    world.pass_(600)
    assert world.comments == []
    assert world.stages()[0] == "gerrit failed"


def test_a_row_found_sending_at_the_start_rests_and_is_looked_for_before_it_is_posted(world: World) -> None:
    decided(world)
    world.pass_(2)
    assert world.stages()[0] == "gerrit sending"
    world.start()
    world.pass_(29)
    assert world.stages()[0] == "gerrit sending"
    world.pass_(3)
    assert world.stages()[0] == "gerrit sent"
    assert len(world.comments) == 1


class ProvedMeanwhile:
    """An outbox whose rows the stream proves just after they were read."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.outbox, name)

    def at_work(self) -> Sequence[Posting]:
        rows = self._world.outbox.at_work()
        self._world.cases.keep(Batch(proofs=frozenset(row.post.token for row in rows if row.post.token)))
        return rows


def test_a_comment_that_is_proved_just_before_it_is_posted_again_is_not_posted(world: World) -> None:
    world.gerrit.takes = False
    decided(world)
    world.pass_(30)
    assert world.stages()[0] == "gerrit pending", "Gerrit was asked, and did not have it yet"
    world.gerrit.takes = True
    world.poster._outbox = ProvedMeanwhile(world)  # type: ignore[assignment]
    world.pass_(60)
    assert world.comments == []
    assert world.stages()[0] == "gerrit sent"


def test_a_comment_that_gerrit_did_not_take_a_thousand_times_is_still_tried(world: World) -> None:
    world.gerrit.takes = False
    decided(world)
    with world.state.transaction() as db:
        db.execute("UPDATE outbox SET attempts = 2000 WHERE sink = 'gerrit'")
    world.pass_(90)
    world.gerrit.takes = True
    world.pass_(1000)
    assert len(world.comments) == 1


@pytest.mark.parametrize(("newest", "closed"), [(2, False), (1, True)])
def test_f22_a_change_that_moved_on_before_we_ever_listened_gets_no_comment(
    world: World, newest: int, *, closed: bool
) -> None:
    world.gerrit.newest, world.gerrit.closed = newest, closed
    decided(world)
    world.pass_(60)
    assert world.comments == []
    assert world.stages()[0] == "gerrit withheld"


def test_a_comment_that_stands_already_is_not_posted(world: World) -> None:
    world.brakes.put_on("pause", None)
    token = decided(world)
    world.gerrit.stands.append(Review(4711, 1, f"Known bug\n\ngerritbot-er case {token}", token))
    world.brakes.take_off("pause")
    world.pass_(60)
    assert len(world.comments) == 1
    assert world.stages()[0] == "gerrit sent"


class HeldUp(FakeGerrit):
    """Its answers come a minute late; ``other`` is what another daemon says after the first was made."""

    def __init__(self, clock: SimulatedClock, other: Review | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._other = [other] if other else []
        self.looks = 0

    def change(self, number: int) -> ChangeHistory:
        answer = super().change(number)
        self.looks += 1
        self._clock.seconds += 60
        if self._other:
            self.stands.append(self._other.pop())
        return answer


def test_f45_who_stood_still_between_look_and_post_looks_again(world: World) -> None:
    world.brakes.put_on("pause", None)
    token = decided(world)
    other = Review(4711, 1, f"Known bug\n\ngerritbot-er case {token}", token)
    world.gerrit = gerrit = HeldUp(world.clock, other)
    world.start()
    world.brakes.take_off("pause")
    world.pass_(60)
    assert gerrit.stands == [other]
    assert (gerrit.looks, world.stages()[0]) == (2, "gerrit sent")


def test_a_gerrit_that_always_answers_late_gets_its_comment(world: World) -> None:
    world.gerrit = HeldUp(world.clock)
    world.start()
    decided(world)
    world.pass_(600)
    assert len(world.comments) == 1


def test_a_gerrit_that_says_when_it_may_be_asked_again_is_left_alone_until_then(world: World) -> None:
    world.gerrit.trouble, world.gerrit.takes = Transient("under maintenance", after=300.0), False
    decided(world)
    world.pass_(200)
    assert world.stages()[0] == "gerrit sending"
    world.gerrit.trouble, world.gerrit.takes = None, True
    world.pass_(300)
    assert len(world.comments) == 1


def test_a_gerrit_that_is_read_but_takes_no_comment_is_not_said_to_work(world: World) -> None:
    world.gerrit.trouble, world.gerrit.takes = Misconfigured("our account may not comment"), False
    decided(world)
    said = set()
    for _ in range(100):
        world.pass_(10)
        said.add(world.board.last["posts"])
    assert said == {"misconfigured: our account may not comment"}
    world.gerrit.trouble, world.gerrit.takes = None, True
    world.pass_(900)
    assert world.board.last["posts"] == "working"


def test_trouble_with_a_comment_that_the_stream_proved_is_over(world: World) -> None:
    world.gerrit.trouble = Transient("the connection broke")
    token = decided(world)
    world.pass_(2)
    assert world.board.last["posts"] == "degraded: the connection broke"
    world.cases.keep(Batch(proofs=frozenset({token})))
    world.pass_(2)
    assert world.board.last["posts"] == "working: no comment waits to be posted"
