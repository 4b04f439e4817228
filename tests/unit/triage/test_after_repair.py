"""A state file that lost its outbox, mended: each comment stands once, posted before the damage or not."""

from pathlib import Path

from gerritbot_er.state.repair import mend
from gerritbot_er.triage.wording import token_of
from tests.unit.state.made import damage_root

from .world import World, report, reported


def with_bugs(folder: Path, before: World | None = None) -> World:
    """A process, with the Gerrit and the time of the one before it."""
    made = World(folder)
    if before:
        made.gerrit, made.clock.seconds = before.gerrit, before.clock.seconds
        made.start()
    made.ready(1, disk_full="No space left on device")
    made.ready(2, dns="Could not resolve host")
    return made


def test_f40_a_lost_outbox_costs_no_comment_and_makes_no_second_one(tmp_path: Path) -> None:
    before = with_bugs(tmp_path)
    (posted,) = before.arrive(report(reported(1)))
    before.pass_(600)
    before.brakes.put_on("pause", None)
    (waiting,) = before.arrive(report(reported(2)))
    before.pass_(600)
    assert [token_of(text) for text in before.comments] == [posted.id]
    assert before.said(waiting) == "done: explained: comment"
    before.close()
    damage_root(tmp_path / "state.db", "outbox")

    mended = mend(tmp_path / "state.db")
    after = with_bugs(tmp_path, before)
    after.brakes.take_off("pause")
    after.pass_(600)

    assert (mended.rows["outbox"], mended.reopened) == (0, 2)
    assert [token_of(text) for text in after.comments] == [posted.id, waiting.id]
    assert after.stages() == ["gerrit sent", "irc:#gate sent"] * 2
    after.close()


def test_f40_a_lost_follow_up_comes_after_the_comment_that_is_known(tmp_path: Path) -> None:
    before = with_bugs(tmp_path)
    del before.store.logs[next(reversed(before.store.logs))]
    (case,) = before.arrive(report(reported(1), reported(2)))
    before.pass_(600)
    before.brakes.put_on("pause", None)
    before.ready(2, dns="Could not resolve host")
    before.pass_(1800)
    assert before.said(case).endswith(": addition")
    with before.state.transaction() as db:
        db.execute("DELETE FROM outbox WHERE part = 2")
    before.close()

    assert mend(tmp_path / "state.db").reopened == 1
    after = with_bugs(tmp_path, before)
    after.brakes.take_off("pause")
    after.pass_(600)

    assert [token_of(text) for text in after.comments] == [case.id, f"{case.id}+"]
    after.close()
