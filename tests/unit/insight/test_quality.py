"""How good signatures are: stale, closed but hitting, disliked by authors, and overlapping ones."""

from dataclasses import replace

from gerritbot_er.insight.quality import Both, Hits, Quality, SignatureFigures, SignatureReply, alike, judged
from gerritbot_er.model import BugFacts, Judgement, Signature

DAY = 86_400.0
NOW = 1000 * DAY
BUG = "https://bugs.example.org/1"
FRESH = Hits(5, 3, NOW - DAY)
OLD = Hits(0, 0, NOW - 100 * DAY)
FIGURES = SignatureFigures(recorded_since=NOW - 200 * DAY, hits={}, replies=(), both=())
CONFIRM, WRONG, OTHER = Judgement.CONFIRM, Judgement.WRONG, Judgement.BUG


def judge(
    figures: SignatureFigures, *names: str, facts: BugFacts | None = None, days: float = 90
) -> dict[str, Quality]:
    signatures = [Signature(name, query="x", bug=BUG) for name in names]
    found = judged(signatures, figures, lambda _: facts, now=NOW, stale_after=days * DAY)
    return {one.signature: one for one in found}


def test_a_signature_is_stale_when_it_has_not_hit_for_so_long() -> None:
    figures = replace(FIGURES, hits={"old": OLD, "fresh": FRESH})
    assert {name: one.stale for name, one in judge(figures, "old", "fresh", "never").items()} == {
        "old": True,
        "never": True,
        "fresh": False,
    }
    assert not judge(figures, "old", days=120)["old"].stale


def test_none_is_stale_before_failures_are_recorded_for_so_long() -> None:
    for since in (None, NOW - 89 * DAY):
        assert not judge(replace(FIGURES, recorded_since=since), "never")["never"].stale


def test_a_closed_bug_that_hits_is_said_to_and_one_that_rests_is_not() -> None:
    closed = BugFacts(BUG, "t", "Fix Released", closed=True, fixed=True, seen_at=NOW)
    figures = replace(FIGURES, hits={"hits": FRESH, "rests": OLD})
    found = judge(figures, "hits", "rests", facts=closed)
    assert (found["hits"].reopened, found["rests"].reopened) == (True, False)
    assert not judge(figures, "hits", facts=replace(closed, closed=False))["hits"].reopened


def test_what_authors_say_counts_for_every_signature_that_the_comment_spoke_of() -> None:
    replies = (
        SignatureReply(("a", "b"), CONFIRM, ""),
        SignatureReply(("a",), WRONG, ""),
        SignatureReply(("a",), OTHER, "7"),
        SignatureReply(("a",), OTHER, "7"),
        SignatureReply(("a",), OTHER, "8"),
        SignatureReply((), WRONG, ""),
    )
    found = judge(replace(FIGURES, hits={"a": FRESH, "b": FRESH}, replies=replies), "a", "b")
    assert (found["a"].confirmed, found["a"].wrong, found["a"].bugs) == (1, 1, ("7", "8"))
    assert (found["b"].confirmed, found["b"].wrong, found["b"].bugs) == (1, 0, ())
    assert (found["a"].findings, found["b"].findings) == (1, 0)


def test_two_overlap_when_the_rarer_is_mostly_where_the_other_is() -> None:
    mostly, some, few = Both("a", "b", 100, 10, 9), Both("a", "c", 100, 10, 7), Both("a", "d", 100, 2, 2)
    assert alike((some, few, mostly)) == (mostly,)
    found = judge(replace(FIGURES, hits=dict.fromkeys("abc", FRESH), both=(mostly, some)), "a", "b", "c")
    assert {name: one.overlaps for name, one in found.items()} == {"a": ("b",), "b": ("a",), "c": ()}


def test_those_with_most_against_them_stand_first_then_those_that_hit_most() -> None:
    hits = {"few": replace(FRESH, builds=1), "many": replace(FRESH, builds=9), "old": OLD}
    assert list(judge(replace(FIGURES, hits=hits), "few", "many", "old")) == ["old", "many", "few"]
