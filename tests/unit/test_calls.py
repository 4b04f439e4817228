"""Calls in threads: lanes, the limit in all, and an end that no peer can put off."""

import threading

from gerritbot_er.calls import ThreadCalls
from gerritbot_er.ports import Done

SOON = 10.0


def test_results_and_errors_are_collected_once() -> None:
    rung = threading.Semaphore(0)
    calls = ThreadCalls("test", rung.release)
    refused = ValueError("refused")

    def refuse() -> object:
        raise refused

    calls.submit("a", "good", lambda: 7)
    calls.submit("b", "bad", refuse)
    assert rung.acquire(timeout=SOON)
    assert rung.acquire(timeout=SOON)

    collected = {done.key: done for done in calls.collect()}

    assert collected == {"good": Done("good", result=7), "bad": Done("bad", error=refused)}
    assert calls.collect() == []
    assert calls.close(within=SOON)


def test_a_lane_has_two_calls_under_way_and_others_do_not_wait_for_it() -> None:
    held, rung = threading.Event(), threading.Semaphore(0)
    calls = ThreadCalls("test", rung.release)
    for key in range(4):
        calls.submit("stuck", key, lambda: held.wait(SOON))
    calls.submit("free", "free", lambda: True)
    assert rung.acquire(timeout=SOON)
    assert [done.key for done in calls.collect()] == ["free"]

    held.set()
    for _ in range(4):
        assert rung.acquire(timeout=SOON)

    assert sorted(done.key for done in calls.collect() if isinstance(done.key, int)) == [0, 1, 2, 3]
    assert calls.close(within=SOON)


def test_no_more_calls_than_the_limit_are_under_way_in_all() -> None:
    held, rung = threading.Event(), threading.Semaphore(0)
    began = threading.Semaphore(0)
    calls = ThreadCalls("test", rung.release, total=2)

    def call() -> object:
        began.release()
        return held.wait(SOON)

    for key in range(5):
        calls.submit(f"lane {key}", key, call)
    assert began.acquire(timeout=SOON)
    assert began.acquire(timeout=SOON)
    assert not began.acquire(timeout=0.2)
    held.set()
    for _ in range(5):
        assert rung.acquire(timeout=SOON)
    assert calls.close(within=SOON)


def test_the_load_is_what_is_under_way_and_what_waits_in_each_lane() -> None:
    held, rung = threading.Event(), threading.Semaphore(0)
    calls = ThreadCalls("test", rung.release)
    assert calls.load() == {}
    for key in range(5):
        calls.submit("slow", key, lambda: held.wait(SOON))
    calls.submit("other", "other", lambda: held.wait(SOON))
    assert calls.load() == {"slow": (2, 3), "other": (1, 0)}
    held.set()
    for _ in range(6):
        assert rung.acquire(timeout=SOON)
    assert calls.load() == {}
    assert calls.close(within=SOON)


def test_closing_waits_for_what_runs_and_forgets_what_waits() -> None:
    held = threading.Event()
    calls = ThreadCalls("test", lambda: None, per_lane=1)
    calls.submit("a", "runs", lambda: held.wait(SOON))
    calls.submit("a", "waits", lambda: True)
    threading.Timer(0.1, held.set).start()

    assert calls.close(within=SOON)
    calls.submit("a", "late", lambda: True)

    assert [done.key for done in calls.collect()] == ["runs"]


def test_f44_closing_does_not_wait_for_a_peer_that_hangs() -> None:
    held = threading.Event()
    calls = ThreadCalls("test", lambda: None)
    calls.submit("a", "hangs", lambda: held.wait(SOON))

    assert not calls.close(within=0.1)

    held.set()
    assert calls.close(within=SOON)
