"""Whose answers are remembered, of which comment they speak, and what happens while the group is not known."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from gerritbot_er.dependencies import GROUP
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient
from gerritbot_er.model import Change, CommentAdded, Judgement, Reply
from gerritbot_er.ports import Batch, Calls, Done
from gerritbot_er.triage.intake import Intake
from gerritbot_er.triage.reply_group import KNOWN_FOR, STRANGER_FOR, ReplyGroup
from gerritbot_er.triage.reply_recorder import MOST_WAITING, ReplyRecorder

from .world import BOT, CHANGE, START, ZUUL, InlineCalls, KeptBoard, SimulatedClock, World, report, reported

AT = int(START)
OWNED = replace(CHANGE, owner="dev")


def answer(author: str, number: int = 1, *, change: Change = OWNED) -> Reply:
    return Reply(change, 1, author, AT + number, Judgement.WRONG)


@dataclass
class Groups:
    """Gerrit's side of the group: who is in it, or the trouble with it."""

    inside: frozenset[str] = frozenset({"core"})
    trouble: GerritbotError | None = None
    asked: int = 0

    def members(self, name: str) -> frozenset[str]:
        assert name == "triage"
        self.asked += 1
        if self.trouble:
            raise self.trouble
        return self.inside


@dataclass
class Remembering:
    """``Sightings`` that keep the answers."""

    replies: list[Reply] = field(default_factory=list)

    def replied(self, replies: Sequence[Reply]) -> None:
        self.replies += replies

    @property
    def authors(self) -> list[str]:
        return [reply.author for reply in self.replies]


class NobodySpoke:
    """``Cases`` without a comment of ours."""

    def answered(self, change: int, patchset: int, at: int) -> None:
        del change, patchset, at


class SlowCalls:
    """Calls that end when they are told to."""

    def __init__(self) -> None:
        self.calls = InlineCalls()
        self.ended: list[Done] = []

    def submit(self, lane: str, key: Hashable, call: object) -> None:
        self.calls.submit(lane, key, call)  # type: ignore[arg-type]

    def end(self) -> None:
        self.ended += self.calls.collect()

    def collect(self) -> Sequence[Done]:
        ended, self.ended = self.ended, []
        return ended


class Room:
    """The recorder with a group."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.clock, self.groups, self.board = SimulatedClock(), Groups(), KeptBoard()
        self.remembered = Remembering()
        asking = calls or InlineCalls()
        group = ReplyGroup("triage", groups=self.groups, calls=asking, clock=self.clock, board=self.board)
        self.hearing = hearing(self.remembered, group)

    def hear(self, *replies: Reply) -> list[str]:
        """The authors remembered so far."""
        self.hearing.add(replies)
        for _ in range(3):
            self.hearing.step()
        return self.remembered.authors


def hearing(remembered: Remembering, group: ReplyGroup | None = None) -> ReplyRecorder:
    return ReplyRecorder(NobodySpoke(), remembered, group)  # type: ignore[arg-type]


def test_without_a_group_the_owner_alone_may_answer() -> None:
    remembered = Remembering()
    heard = hearing(remembered)
    heard.add([answer("dev"), answer("core"), answer("")])
    heard.add([answer("", change=CHANGE), answer("dev", change=CHANGE)])
    heard.step()
    assert remembered.replies == [answer("dev")], "an account without a username is nobody, also as the owner"


def test_the_owner_and_members_may_answer_and_strangers_may_not() -> None:
    room = Room()
    assert room.hear(answer("stranger"), answer("core"), answer("dev")) == ["dev", "core"]
    assert room.board.last[GROUP] == "working: triage, 1 member"
    assert room.hear(answer("stranger", 2), answer("core", 2)) == ["dev", "core", "core"]
    assert room.groups.asked == 1


def test_an_answer_waits_until_the_group_is_known() -> None:
    calls = SlowCalls()
    room = Room(calls)
    assert room.hear(answer("core"), answer("dev")) == ["dev"]
    assert room.hear() == ["dev"]
    calls.end()
    assert room.hear() == ["dev", "core"]
    assert room.groups.asked == 1


def test_of_many_that_wait_the_oldest_are_dropped() -> None:
    calls = SlowCalls()
    room = Room(calls)
    room.hear(*(answer("core", number) for number in range(MOST_WAITING + 5)))
    calls.end()
    room.hear()
    assert [reply.at - AT for reply in room.remembered.replies] == list(range(5, MOST_WAITING + 5))


def test_who_was_no_member_a_minute_ago_may_be_one_now() -> None:
    room = Room()
    assert room.hear(answer("new")) == []
    room.groups.inside = frozenset({"new"})
    assert room.hear(answer("new", 2)) == []
    room.clock.seconds += STRANGER_FOR + 1
    assert room.hear(answer("new", 3)) == ["new"]


def test_who_was_a_member_may_be_none_any_more() -> None:
    room = Room()
    assert room.hear(answer("core")) == ["core"]
    room.groups.inside = frozenset({"other"})
    room.clock.seconds += KNOWN_FOR + 1
    assert room.hear(answer("core", 2)) == ["core"]
    assert room.groups.asked == 2


def test_a_group_that_cannot_be_seen_leaves_owners_alone_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    room = Room()
    room.groups.trouble = Misconfigured("nobody is seen")
    assert room.hear(answer("core"), answer("dev")) == ["dev"]
    assert room.board.last[GROUP] == "misconfigured: nobody is seen; until then only owners' answers count"
    assert caplog.messages == ["who may answer beside owners is not known: nobody is seen"]
    room.groups.trouble = None
    room.clock.seconds += 1000
    room.hear()
    assert room.hear(answer("core", 2)) == ["dev", "core"]
    assert room.board.last[GROUP] == "working: triage, 1 member"


def test_while_gerrit_is_away_answers_wait() -> None:
    room = Room()
    room.groups.trouble = Transient("away")
    assert room.hear(answer("core"), answer("dev")) == ["dev"]
    assert room.board.last[GROUP] == "degraded: away; until then answers of others than owners wait"
    asked = room.groups.asked
    room.hear()
    assert room.groups.asked == asked, "not before it is time"
    room.groups.trouble = None
    room.clock.seconds += 120
    assert room.hear() == ["dev", "core"]


def test_an_error_of_ours_is_not_taken_for_gerrits() -> None:
    room = Room()
    room.groups.trouble = ValueError("a bug")  # type: ignore[assignment]
    with pytest.raises(ValueError, match="a bug"):
        room.hear(answer("core"))


# -- with the state file


def test_an_answer_speaks_of_our_newest_comment_that_stood_there(world: World) -> None:
    def comment(number: int, patchset: int, bug: str) -> str:
        world.clock.seconds += 100
        world.ready(number, 500, **{bug: "a line"})
        (case,) = world.arrive(report(reported(number), patchset=patchset, at=world.clock.now()))
        world.pass_(31)
        return case.id

    def prove() -> None:
        world.cases.keep(Batch(proofs=frozenset({review.token for review in world.gerrit.stands})))

    def answered(patchset: int, after: float) -> tuple[str, tuple[str, ...]] | None:
        spoken = world.cases.answered(CHANGE.number, patchset, AT + int(after))
        return (spoken.case_id, spoken.bugs) if spoken else None

    first = comment(1, 1, "disk_full"), ("disk-full",)
    assert answered(1, 1e6) is None, "it is not proved"
    prove()
    second = comment(2, 1, "dns"), ("dns",)
    prove()
    third = comment(3, 3, "dns"), ("dns",)
    prove()
    asked = [(1, 0), (1, 200), (1, 1e6), (2, 1e6), (3, 300), (3, 1e6)]
    assert [answered(*one) for one in asked] == [None, first, second, second, second, third]
    assert world.cases.answered(CHANGE.number + 1, 1, AT + 10_000) is None


def test_by_a_clock_a_day_off_the_same_comment_is_spoken_of(world: World) -> None:
    day = 86_400
    world.ready(1, disk_full="a line")
    world.arrive(report(reported(1), at=world.clock.now() - day))
    world.pass_(31)
    world.cases.keep(Batch(proofs=frozenset({world.gerrit.stands[-1].token})))
    assert world.cases.answered(CHANGE.number, 1, AT - day + 100) is not None
    assert world.cases.answered(CHANGE.number, 1, AT - day - 1) is None


def test_an_answer_within_the_second_of_our_comment_speaks_of_it(world: World) -> None:
    """Gerrit's events tell whole seconds: a reply half a second after our comment seems to come before it."""
    world.ready(1, disk_full="a line")
    world.arrive(report(reported(1), at=AT))
    world.clock.seconds += 0.5
    world.pass_(31)
    world.cases.keep(Batch(proofs=frozenset({world.gerrit.stands[-1].token})))
    spoken = world.cases.answered(CHANGE.number, 1, AT + 60)
    assert spoken is not None
    after = spoken.created_at - AT
    assert after % 1, "it was made within a second"
    assert world.cases.answered(CHANGE.number, 1, AT + int(after)) == spoken
    assert world.cases.answered(CHANGE.number, 1, AT + int(after) - 1) is None


def test_answers_among_other_comments_are_heard(world: World) -> None:
    remembered = Remembering()
    heard = hearing(remembered)
    intake = Intake(
        cis=[ZUUL],
        username=BOT,
        cases=world.cases,
        sightings=None,
        clock=world.clock,
        opened=lambda _: None,
        replied=heard.add,
    )
    said = [("dev", "er: bug 7"), ("dev", "thanks"), ("zuul", "er: confirm"), (BOT, "er: confirm"), ("dev", "> er: x")]
    intake.take([CommentAdded(OWNED, 1, author, f"Patch Set 1:\n\n{text}", AT) for author, text in said])
    heard.step()
    assert remembered.replies == [], "not before the commit"
    intake.keep()
    heard.step()
    assert remembered.replies == [Reply(OWNED, 1, "dev", AT, Judgement.BUG, "7")]
