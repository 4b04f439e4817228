"""What the desk asks of its peers and when, and what it believes where they do not answer."""

from dataclasses import replace

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.model import BuildAnswer, BuildFacts, LogsSeen, Match

from .world import START, UUID, World, facts, report, reported


def test_a_file_that_came_late_is_found_by_the_second_look(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1)
    world.pass_(70)
    world.ready(1, dns="Could not resolve host: a.example.org")
    world.pass_(16 * 60)
    assert len(world.comments) == 1


def test_all_signatures_and_all_ready_builds_are_one_question(world: World) -> None:
    world.arrive(report(*(reported(n, f"job-{n}") for n in range(1, 11))))
    for n in range(1, 11):
        world.ready(n)
    world.pass_(70)
    assert [len(builds) for _, builds in world.store.match_asked] == [10]


def test_five_hundred_waiting_builds_are_one_question_a_round(world: World) -> None:
    for n in range(500):
        world.arrive(report(reported(1000 + n), patchset=n + 1))
    world.work()
    assert world.store.readiness_asked == [500]
    world.pass_(60)
    assert world.store.readiness_asked == [500, 500, 500]


def test_logs_that_never_come_are_given_up_after_an_hour(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.pass_(59 * 60)
    assert world.said(case).startswith("open")
    world.pass_(2 * 60)
    assert world.said(case) == "done: unexplained: no logs came"
    assert len(world.store.readiness_asked) < 50


def test_a_store_in_trouble_makes_nobody_believe_there_is_no_bug(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.store.trouble = Transient("the cluster is away")
    world.pass_(50 * 60)
    world.store.trouble = None
    world.ready(1, disk_full="No space left on device")
    world.pass_(5 * 60)
    assert len(world.comments) == 1
    assert world.said(case) == "done: explained: comment"


def test_a_store_that_stays_away_leaves_it_undecided(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.store.trouble = Permanent("no such thing")
    world.pass_(3 * 3600)
    assert world.said(case) == "done: undecided: not everything could be searched"


def test_half_an_answer_counts_where_it_hits_and_is_asked_again_where_it_misses(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1)
    world.store.answers[UUID(1)] = BuildAnswer(partial=True)
    world.pass_(70)
    world.store.answers.clear()
    world.ready(1, disk_full="No space left on device")
    world.pass_(120)
    assert len(world.comments) == 1


def test_a_shard_that_stays_away_leaves_it_undecided(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.store.logs[UUID(1)] = LogsSeen(partial=True)
    world.pass_(2 * 3600)
    assert world.store.match_asked == []
    assert world.said(case) == "done: undecided: not everything could be searched"


def test_logs_of_another_change_prove_nothing(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.ready(1)
    world.store.answers[UUID(1)] = BuildAnswer(changes=frozenset({(1, 1)}))
    world.info.trouble = Permanent("no such build")
    world.pass_(5 * 60)
    assert world.comments == []
    assert world.said(case) == "done: unexplained: no logs came"


def test_a_build_of_a_cycle_counts_where_the_ci_vouches_for_it(world: World) -> None:
    world.arrive(report(reported(1)))
    world.ready(1, disk_full="No space left on device")
    hit = world.store._hits  # the answer names the other change of the cycle
    world.info.known = [facts(1)]
    world.work()
    world.store.answers[UUID(1)] = BuildAnswer(
        hit(next(iter(world.desk._table.works.values())).builds[UUID(1)].build, {"disk-full"}).matches,
        changes=frozenset({(4712, 1)}),
    )
    world.pass_(5 * 60)
    assert len(world.comments) == 1


def test_the_local_store_waits_for_the_ci_s_server_and_asks_each_host_by_itself(local: World) -> None:
    local.arrive(report(reported(1)))
    local.work()
    assert local.info.asked == 1
    local.info.known = [facts(1)]
    local.store.logs[UUID(1)] = LogsSeen(console=True, complete=True)
    local.store.hits[UUID(1)] = {"disk-full": "No space left on device"}
    local.pass_(31)
    assert local.info.asked == 2
    assert "store local logs.example.org" in local.calls.lanes
    assert len(local.comments) == 1


def test_a_build_that_ended_without_logs_does_not_keep_the_comment_waiting(local: World) -> None:
    without = BuildFacts(uuid=UUID(2), job="docs", result="ERROR", changes=frozenset({(4711, 1)}), ended_at=START)
    local.info.known = [facts(1), without]
    local.store.logs[UUID(1)] = LogsSeen(console=True, complete=True)
    local.store.hits[UUID(1)] = {"disk-full": "No space left on device"}
    (case,) = local.arrive(report(reported(1), reported(2, "docs", "ERROR")))
    local.work()
    (text,) = local.comments
    assert "\ndocs: no logs came.\n" in text
    assert local.said(case) == "done: partly explained: comment"


def test_a_build_that_has_not_ended_may_still_get_logs(local: World) -> None:
    local.info.known = [replace(facts(1), log_url=None)]
    local.arrive(report(reported(1)))
    local.work()
    local.info.known = [facts(1, ended_at=START)]
    local.store.logs[UUID(1)] = LogsSeen(console=True, complete=True)
    local.store.hits[UUID(1)] = {"disk-full": "No space left on device"}
    local.pass_(31)
    assert len(local.comments) == 1


def test_a_log_host_that_hangs_stalls_nobody_else(local: World) -> None:
    local.calls.stuck.add("store local slow.example.org")
    slow = BuildFacts(uuid=UUID(1), job="a", result="FAILURE", log_url="https://slow.example.org/1/")
    local.info.known = [slow, facts(2)]
    local.arrive(report(reported(1)), report(reported(2)))
    for n in (1, 2):
        local.store.logs[UUID(n)] = LogsSeen(console=True, complete=True)
        local.store.hits[UUID(n)] = {"disk-full": "No space left on device"}
    local.work()
    assert len(local.comments) == 1


def test_a_truncated_report_gets_its_lost_builds_from_the_ci_s_server(world: World) -> None:
    world.info.known = [facts(1), facts(2)]
    world.arrive(report(reported(1), truncated=True))
    world.ready(1)
    world.ready(2, disk_full="No space left on device")
    world.pass_(100)
    (text,) = world.comments
    assert text.splitlines()[0] == "Known bug: the disk is full (1 of 2 failed jobs)"


def test_a_truncated_report_stays_open_until_its_lost_builds_are_known(world: World) -> None:
    (case,) = world.arrive(report(reported(1, result="NODE_FAILURE"), truncated=True))
    world.work()
    assert world.said(case).startswith("open: ")
    world.info.known = [facts(1), facts(2)]
    world.ready(2, disk_full="No space left on device")
    world.pass_(100)
    assert world.comments[-1].splitlines()[0] == "One more known bug: the disk is full"


def test_logs_of_another_change_are_believed_or_not_only_when_the_ci_has_told(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.ready(1)
    world.store.answers[UUID(1)] = BuildAnswer((Match("disk-full"),), changes=frozenset({(4712, 1)}))
    world.info.trouble = Transient("the CI's server is slow")
    world.pass_(10 * 60)
    assert world.said(case).startswith("open: ")
    world.info.trouble, world.info.known = None, [facts(1)]
    world.pass_(5 * 60)
    assert len(world.comments) == 1


def test_a_second_look_that_the_store_cannot_answer_is_taken_when_it_can(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.ready(1)
    world.pass_(70)
    world.ready(1, dns="Could not resolve host: a.example.org")
    world.store.trouble = Transient("the cluster is away")
    world.pass_(20 * 60)
    assert world.said(case).startswith("open: ")
    world.store.trouble = None
    world.pass_(3 * 60)
    assert len(world.comments) == 1


def test_half_an_answer_to_the_second_look_is_asked_for_again(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.ready(1)
    world.pass_(70)
    world.store.answers[UUID(1)] = BuildAnswer(partial=True)
    world.pass_(20 * 60)
    assert world.said(case).startswith("open: ")
    world.store.answers.clear()
    world.ready(1, dns="Could not resolve host: a.example.org")
    world.pass_(3 * 60)
    assert len(world.comments) == 1


def test_a_second_look_that_is_never_whole_leaves_it_unexplained(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.ready(1)
    world.pass_(70)
    world.store.answers[UUID(1)] = BuildAnswer(partial=True)
    world.pass_(3 * 3600)
    assert world.said(case) == "done: unexplained: no known bug"


def test_the_ids_of_earlier_attempts_come_from_the_ci_s_server_before_a_cluster_is_believed(world: World) -> None:
    world.info.trouble = Transient("the CI's server is slow")
    world.arrive(report(reported(3, result="RETRY_LIMIT"), reported(4)))
    world.work()
    assert world.info.asked == 1
    world.info.trouble, world.info.known = None, [facts(3, attempt_uuids=(UUID(2), UUID(1))), facts(4)]
    world.ready(3, disk_full="No space left on device")
    world.ready(4)
    world.pass_(70)
    assert world.info.asked == 2
    assert world.store.ids_asked[UUID(3)] == (UUID(3), UUID(2), UUID(1))
    assert world.store.ids_asked[UUID(4)] == (UUID(4),)
    assert len(world.comments) == 1


def test_attempts_that_are_told_late_are_in_the_second_look(world: World) -> None:
    world.info.trouble = Transient("the CI's server is slow")
    (case,) = world.arrive(report(reported(3, result="RETRY_LIMIT")))
    world.ready(3)
    world.pass_(70)
    assert world.store.ids_asked == {UUID(3): (UUID(3),)}
    world.info.trouble, world.info.known = None, [facts(3, attempt_uuids=(UUID(2),))]
    world.pass_(16 * 60)
    assert world.store.ids_asked == {UUID(3): (UUID(3), UUID(2))}
    assert world.said(case) == "done: unexplained: no known bug"


def test_of_a_cluster_no_facts_are_asked_for_that_nobody_needs(world: World) -> None:
    world.arrive(report(reported(1), reported(2, result="TIMED_OUT")))
    world.pass_(70)
    assert world.info.asked == 0
