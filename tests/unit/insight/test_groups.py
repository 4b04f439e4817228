"""Failures that are alike: what they are known by, and that each finds its group, in whatever order they arrive."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.agreement import completeness, homogeneity
from benchmarks.failures import Failure
from benchmarks.grouping import parts
from gerritbot_er.insight.groups import Group, Groups, assign, begun, joined
from gerritbot_er.insight.likeness import ALIKE, MOST, alike, traits
from gerritbot_er.model import Evidence

from .failing import failing, lines, mixed


def grouped(builds: Sequence[tuple[int, tuple[Evidence, ...]]]) -> list[str]:
    groups = Groups()
    return [groups.place(traits(said), str(number)).id for number, (_, said) in enumerate(builds)]


def test_a_failure_is_known_by_what_tells_most() -> None:
    found = traits(
        lines(
            "2026-11-21 09:52:57 | node | Cleaning up /tmp/x",
            "2026-11-21 09:52:58 | node | boot.BootError: server 3f0a3c8e-1111-2222-3333-444455556666 is gone",
            "2026-11-21 09:52:59 | node | ERROR: InvocationError for command tox (exited with code 1)",
        )
    )
    assert [(one.kind.value, one.shape, one.line) for one in found] == [
        ("exception", "boot.BootError: server <id> is gone", 1),
        ("plain", "Cleaning up <path>", 0),
        ("end", "InvocationError for command tox (exited with code 1)", 2),
    ]


def test_what_several_lines_say_alike_counts_once() -> None:
    found = traits(
        lines("HTTP 503 for GET /a/b of swift, try 1", "HTTP 503 for PUT /c/d/e of swift, try 2", "KeyError: x y")
    )
    assert [one.shape for one in found] == ["KeyError: x y", "HTTP 503 for GET <path> of swift, try <n>"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("KeyError: x y", "KeyError: x y", True),
        ("Returning exception (DBError) lock wait timeout", "DBError: (DBError) lock wait timeout", True),
        (
            "DBError: lock wait timeout exceeded; try restarting transaction 'UPDATE ports SET x=1 WHERE y'",
            "DBError: lock wait timeout exceeded; try restarting transaction 'INSERT INTO routers (a, b) VALUES (c)'",
            True,
        ),
        (
            "Object PUT returning 503, <n> required connections (txn: <id>) (client_ip: <address>)",
            "Object HEAD returning 503 for [] (txn: <id>)",
            True,
        ),
        ('<address> "PUT <path> HTTP/1.0" 503 - curl', '<address> "GET <path> HTTP/1.0" 503 - -', True),
        (
            "Details: {u'message': u\"it is busy\", u'code': 409}",
            "Details: {'message': 'it is busy', 'code': '409'}",
            True,
        ),
        ("DELETE FROM ports WHERE id", "UPDATE ports SET id", False),
        ("no such file", "no such file or directory among those that we looked through", False),
        ("Connection to neutron failed", "Connection to swift failed", False),
        ("KeyError: x y", "ValueError: x y", False),
        ("Timed out waiting for <address> to be reachable", "Timed out waiting for a server to be deleted", False),
        ("", "", True),
        ("<id>", "<n>", False),
    ],
)
def test_lines_that_say_the_same(one: str, other: str, *, same: bool) -> None:
    assert (alike(one, other) >= ALIKE) is same
    assert alike(one, other) == alike(other, one)


def test_each_cause_gets_a_group_of_its_own() -> None:
    builds = mixed(200, seed=1)
    truth, groups = [cause for cause, _ in builds], grouped(builds)
    assert homogeneity(truth, groups) >= 0.95
    assert completeness(truth, groups) >= 0.95


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_arrival_matters_little(seed: int) -> None:
    builds = mixed(80, seed)
    truth, groups = [cause for cause, _ in builds], grouped(builds)
    assert min(homogeneity(truth, groups), completeness(truth, groups)) >= 0.9


def test_the_same_failures_give_the_same_groups_in_every_process() -> None:
    told = "from tests.unit.insight.test_groups import grouped, mixed; print(*grouped(mixed(40, seed=2)))"
    there = subprocess.run(
        [sys.executable, "-c", told], env={"PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True
    )
    assert there.stdout.split() == grouped(mixed(40, seed=2))
    assert grouped([(0, lines("KeyError: x y"))]) == ["cbef136fd360"]


def test_a_group_keeps_its_id_and_forgets_what_only_its_first_build_said() -> None:
    first = begun(traits(failing(0, 0)), "first")
    group = first
    for seed in range(1, 12):
        group = joined(group, traits(failing(0, seed)))
    assert (group.id, group.members) == (first.id, 12)
    assert group.lines[0].shape == "libvirtError: internal error: cannot open the monitor socket of <id>"
    assert group.lines[0].count == 12
    assert all(line.count / group.members >= 0.2 for line in group.lines)


def test_a_line_that_once_looked_heavier_weighs_as_it_mostly_does() -> None:
    end = "Build step 'Execute shell' marked build as failure"
    (light,) = traits(lines(end))
    group = begun([replace(light, weight=6.0)], "first")
    for _ in range(9):
        group = joined(group, [light])
    assert group.lines[0].weight == pytest.approx((6.0 + 9 * light.weight) / 10)


def test_what_every_build_says_makes_no_group() -> None:
    groups = Groups()
    for cause in range(8):
        for seed in range(6):
            groups.place(traits(failing(cause, seed)), f"{cause} {seed}")
    before = len(groups.groups())
    groups.place(traits(lines("WARNING nova.api [-] timed out waiting for a lock, 7 s", "Started child 3")), "x")
    assert len(groups.groups()) == before + 1


def test_nothing_known_is_a_group_of_its_own() -> None:
    assert assign(traits(failing(0, 0)), Groups()) is None
    assert traits(lines("", "----", "12:00:01 /tmp/x")) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=60), max_size=5), max_size=6))
def test_any_lines_are_grouped(failures: list[list[str]]) -> None:
    groups = Groups()
    for number, texts in enumerate(failures):
        found = traits(lines(*texts))
        assert len(found) <= MOST
        if found:
            group: Group = groups.place(found, str(number))
            assert assign(found, groups) is not None
            assert len(group.id) == 12


def test_agreement_with_the_truth() -> None:
    assert homogeneity("aabb", "1122") == completeness("aabb", "1122") == 1.0
    assert (homogeneity("aabb", "1234"), completeness("aabb", "1111")) == (1.0, 1.0)
    assert homogeneity("aabb", "1111") == pytest.approx(0.0)
    assert completeness("aabb", "1234") == pytest.approx(0.5)
    assert homogeneity("aaabbb", "112233") == pytest.approx(2 / 3)
    assert homogeneity("aaaa", "1234") == 1.0


def test_parts_of_a_cause_share_no_line_that_is_half_the_same() -> None:
    said = ("KeyError: a b c", "KeyError: a b d", "it hung", "KeyError: a b c")
    failures = [Failure("one", lines(line)) for line in said[:3]] + [Failure("two", lines(said[3]))]
    assert parts(failures) == ["KeyError: a b d", "KeyError: a b d", "it hung", "KeyError: a b c"]
