"""The desk in a simulated world: what it makes of failures, and what it says of them."""

from dataclasses import replace
from pathlib import Path

from gerritbot_er.model import Signature
from gerritbot_er.ports import Batch
from gerritbot_er.settings import Rule, Speaking
from gerritbot_er.state.overview import overview

from .world import SIGNATURES, UUID, World, report, reported


def test_a_failure_with_a_known_bug_is_commented_on_once_its_logs_stand_still(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.work()
    assert world.comments == []
    world.ready(1, 100, disk_full="OSError: No space left on device")
    world.pass_(31)
    assert world.store.match_asked == [], "one poll does not tell that nothing more comes"
    world.ready(1, 200, disk_full="OSError: No space left on device")
    world.pass_(30)
    assert world.store.match_asked == []
    world.pass_(30)
    assert world.store.match_asked == [(("disk-full", "dns", "no-node"), (UUID(1),))]
    assert world.comments == [
        f"""\
Known bug: the disk is full

unit-tests failed with it. job-output.txt line 7 says:

    OSError: No space left on device

https://zuul.example.org/t/example/build/{UUID(1)}/log/job-output.txt#7

Seen only on this change so far.
What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case {case.id}"""
    ]
    assert [n.text for n in world.irc.said] == [
        "example/widgets 4711,1 (check): unit-tests failed: the disk is full - https://review.example.org/4711"
    ]
    assert world.said(case) == "done: explained: comment"


def test_nothing_known_nothing_said_and_a_miss_is_asked_once_more(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.ready(1)
    world.pass_(70)
    assert len(world.store.match_asked) == 1
    world.pass_(14 * 60)
    assert len(world.store.match_asked) == 1
    world.pass_(2 * 60)
    assert len(world.store.match_asked) == 2
    assert world.comments == []
    assert world.said(case) == "done: unexplained: no known bug"


def test_the_comment_waits_for_the_other_builds_but_not_for_ever(world: World) -> None:
    (case,) = world.arrive(report(reported(1), reported(2, "grenade")))
    world.ready(1, disk_full="No space left on device")
    world.pass_(9 * 60)
    assert world.comments == []
    world.pass_(3 * 60)
    (text,) = world.comments
    assert "grenade: logs not here yet." in text
    world.ready(2, dns="Could not resolve host: x")
    world.pass_(6 * 60)
    assert len(world.comments) == 2
    assert world.comments[1].startswith("One more known bug: a host name could not be resolved\n")
    assert world.comments[1].endswith(f"gerritbot-er case {case.id}+")


def test_the_same_bugs_after_another_run_are_one_line(world: World) -> None:
    for n in (1, 2, 3):
        world.ready(n, disk_full="No space left on device")
        world.arrive(report(reported(n)))
        world.pass_(70)
    first, second, third = world.comments
    assert first.startswith("Known bug: the disk is full\n")
    assert second.startswith("Known bug again, the second time on this patch set: the disk is full\n")
    assert third.startswith("Known bug again, the third time on this patch set: the disk is full\n")


def test_the_same_report_twice_is_one_case(world: World) -> None:
    assert len(world.arrive(report(reported(1)))) == 1
    assert world.arrive(report(reported(1), at=1_800_000_003.0)) == []


def test_a_build_that_never_ran_is_explained_from_the_report(world: World) -> None:
    (case,) = world.arrive(report(reported(1, result="NODE_FAILURE")))
    world.work()
    (text,) = world.comments
    assert text.splitlines()[0] == "Known bug: no test machine"
    assert "The CI says:\n\n    NODE_FAILURE" in text
    assert world.store.match_asked == []
    assert world.said(case) == "done: explained: comment"


def test_non_voting_builds_are_asked_about_only_by_signatures_that_allow_it(tmp_path: Path) -> None:
    world = World(tmp_path, (*SIGNATURES, Signature("nv", "message:nv", title="fragile job", allow_nonvoting=True)))
    world.arrive(report(reported(1), reported(2, "fragile", voting=False)))
    world.ready(1)
    world.ready(2, nv="nv", disk_full="No space left on device")
    world.pass_(70)
    (text,) = world.comments
    assert text.splitlines()[0] == "Known bug: fragile job (1 of 2 failed jobs)"
    world.close()


def test_shadow_speaks_on_irc_alone(tmp_path: Path) -> None:
    world = World(tmp_path, mode="shadow")
    (case,) = world.arrive(report(reported(1)))
    world.ready(1, disk_full="No space left on device")
    world.pass_(70)
    assert world.comments == []
    assert len(world.irc.said) == 1
    assert world.said(case) == "done: explained: in shadow: IRC alone"
    world.close()


def test_off_records_and_asks_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, mode="off")
    (case,) = world.arrive(report(reported(1)))
    world.pass_(70)
    assert world.store.readiness_asked == []
    assert world.said(case) == "done: unexplained: off by a rule"
    world.close()


def test_an_outdated_patch_set_is_recorded_only(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.cases.keep(Batch(patchsets=((4711, 2, 1_800_000_010),)))
    world.ready(1, disk_full="No space left on device")
    world.pass_(70)
    assert world.comments == []
    assert world.said(case) == "done: explained: patch set 1 is outdated by 2"


def test_five_comments_a_patch_set_and_no_more(tmp_path: Path) -> None:
    world = World(tmp_path, speaking=Speaking(per_patchset=2))
    cases = []
    for n in (1, 2, 3):
        if n % 2:
            world.ready(n, disk_full="No space left on device")
        else:
            world.ready(n, dns="Could not resolve host: x")
        cases += world.arrive(report(reported(n)))
        world.pass_(70)
    assert len(world.comments) == 2
    assert world.said(cases[2]) == "done: explained: 2 comments on this patch set already"
    world.close()


def test_a_muted_signature_is_not_spoken_of(world: World) -> None:
    world.brakes.put_on("mute disk-full", None)
    (case,) = world.arrive(report(reported(1)))
    world.ready(1, disk_full="No space left on device")
    world.pass_(70)
    assert world.comments == []
    assert world.irc.said == []
    assert world.said(case) == "done: explained: its bugs are muted"


def test_f47_a_secret_in_the_line_is_neither_quoted_nor_kept(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1, disk_full="password=hunter2 No space left on device")
    world.pass_(70)
    (text,) = world.comments
    assert "    password=*** No space left on device\n" in text
    with world.state.reading() as db, world.sightings_file.reading() as seen:
        kept = [str(tuple(row)) for row in db.execute("SELECT verdict FROM cases")]
        kept += [str(tuple(row)) for row in seen.execute("SELECT match FROM evidence")]
    assert len(kept) == 2
    assert "hunter2" not in "".join(kept)


def test_f47_where_a_rule_says_so_no_line_is_quoted_or_kept(world: World) -> None:
    world.settings = replace(world.settings, rules=(Rule(mode="on", quote=False),))
    world.start()
    world.arrive(report(reported(1)))
    world.ready(1, disk_full="customer 4711: No space left on device")
    world.pass_(70)
    (text,) = world.comments
    assert text == (
        "Known bug: the disk is full\n"
        "\n"
        "unit-tests failed with it.\n"
        f"https://zuul.example.org/t/example/build/{UUID(1)}/log/job-output.txt#7\n"
        "\n"
        "Seen only on this change so far.\n"
        "What to do: this is known and not caused by your change. Run CI again.\n"
        "Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.\n"
        "\n"
        f"gerritbot-er case {world.gerrit.stands[0].token}"
    )
    with world.state.reading() as db, world.sightings_file.reading() as seen:
        kept = [str(tuple(row)) for row in db.execute("SELECT document, verdict FROM cases")]
        kept += [str(tuple(row)) for row in seen.execute("SELECT * FROM evidence")]
    assert len(kept) == 2
    assert "No space left" not in "".join(kept)


def test_a_thousand_waiting_cases_hold_nobody_up(world: World) -> None:
    world.arrive(*(report(reported(10_000 + n), patchset=n + 2) for n in range(1000)))
    world.pass_(60)
    world.arrive(report(reported(1)))
    world.ready(1, disk_full="No space left on device")
    world.pass_(61)
    assert len(world.comments) == 1


def test_after_a_restart_the_waiting_goes_on_where_it_was(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.pass_(40 * 60)
    world.start()
    world.pass_(19 * 60)
    assert world.said(case).startswith("open")
    world.pass_(2 * 60)
    assert world.said(case).startswith("done")


def test_a_case_that_was_open_when_the_daemon_stood_still_for_hours_is_asked_about_all_the_same(world: World) -> None:
    world.arrive(report(reported(1)))
    world.clock.seconds += 5 * 3600
    world.ready(1, disk_full="No space left on device")
    world.start()
    world.pass_(5 * 60)
    assert len(world.comments) == 1


def test_a_case_that_was_commented_on_before_its_end_is_recorded_as_that(world: World) -> None:
    (case,) = world.arrive(report(reported(1), reported(2, "grenade")))
    world.ready(1, disk_full="No space left on device")
    world.ready(2)
    world.pass_(20 * 60)
    assert len(world.comments) == 1
    assert world.said(case) == "done: partly explained: comment"
    assert overview(world.state, 0.0).held_back == {}
