"""What a line tells of a failure: what went wrong, where, or merely that something did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.line_kinds import Kind, classified
from gerritbot_er.insight.shapes import shape_of
from gerritbot_er.model import Evidence


def kinds(*lines: str) -> list[tuple[str, str]]:
    return [(one.kind.value, one.shape) for one in classified([Evidence(line, "") for line in lines])]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("libvirt.libvirtError: internal error: process exited", Kind.EXCEPTION),
        ("Unrecoverable error: ImportError: cannot import name x", Kind.EXCEPTION),
        ("Caused by: java.lang.IllegalStateException: no such bean", Kind.EXCEPTION),
        ("2013-10-08 06:43:15.921 31882 ERROR nova.api [-] Plugin 'ml2' is odd", Kind.ERROR),
        ("error: pathspec 'feature' did not match", Kind.ERROR),
        ("npm ERR! missing script: test", Kind.ERROR),
        ("Temporary failure in name resolution", Kind.ERROR),
        ("Object PUT returning 503, 0/1 required connections", Kind.TROUBLE),
        ("nova.exception.NotAuthorized: policy says so", Kind.EXCEPTION),
        ("BadRequest: Unrecognized attribute(s) 'x'", Kind.EXCEPTION),
        ("RTNETLINK answers: File exists", Kind.TROUBLE),
        ("Address already in use", Kind.TROUBLE),
        (r"it Can\'t remove open logical volume", Kind.TROUBLE),
        ("server one not deleted", Kind.TROUBLE),
        ("Insufficient free space for the volume", Kind.TROUBLE),
        ("'StrOpt' object has no attribute 'type'", Kind.TROUBLE),
        ("Setting up libsigsegv2 ...", Kind.PLAIN),
        ("warning: no files found matching 'AUTHORS'", Kind.PLAIN),
        ("Notifier: started", Kind.PLAIN),
        ("ERROR: InvocationError for command 'stestr run' (exited with code 1)", Kind.END),
        ("make: *** [Makefile:12: test] Error 1", Kind.END),
        ("Build step 'Execute shell' marked build as failure", Kind.END),
        ("Finished: FAILURE", Kind.END),
        ("node | ok: 12 changed: 3 unreachable: 0 failed: 1 skipped: 4", Kind.END),
    ],
)
def test_what_a_line_tells(line: str, kind: Kind) -> None:
    assert [found for found, _ in kinds(line)] == [kind]


def test_a_traceback_is_known_by_its_last_line() -> None:
    assert kinds(
        "Traceback (most recent call last):",
        'File "/opt/a/b.py", line 12, in go',
        "self.boot(server)",
        'File "/opt/a/c.py", line 7, in boot',
        "raise NoValidHost(why)",
        "NoValidHost: none is left for 3f0a3c8e-1111-2222-3333-444455556666",
    ) == [
        ("place", 'File "<path>", line <n>, in go'),
        ("place", "self.boot(server)"),
        ("place", 'File "<path>", line <n>, in boot'),
        ("place", "raise NoValidHost(why)"),
        ("exception", "NoValidHost: none is left for <id>"),
    ]


def test_what_stands_far_behind_a_frame_is_no_exception() -> None:
    frame = 'File "/opt/a/b.py", line 12, in go'
    assert kinds(frame, "self.boot(server)", "Finished: FAILURE")[-1] == ("end", "Finished: FAILURE")
    assert kinds(frame, "self.boot(server)", "one", "Gone: x")[-1] == ("exception", "Gone: x")
    assert kinds(frame, "self.boot(server)", "one", "two", "Gone: x")[-1] == ("plain", "Gone: x")


def test_folded_events_are_unfolded() -> None:
    assert kinds(
        r"""['Traceback (most recent call last):\n', '  File "/a/b.py", line 1, in x\n', 'KeyError: y\n']"""
    ) == [
        ("plain", "['Traceback (most recent call last):"),
        ("place", 'File "<path>", line <n>, in x'),
        ("exception", "KeyError: y"),
        ("plain", "']"),
    ]


def test_of_an_answer_of_ansible_the_words_count() -> None:
    line = 'fatal: [node]: FAILED! => {"changed": true, "cmd": ["a", "b"], "msg": "No package matching \'x\' found"}'
    assert kinds(line) == [("error", "No package matching 'x' found")]
    assert kinds(line.replace("fatal: [node]: FAILED!", "ok: [node]")) == [("plain", "No package matching 'x' found")]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_lines_are_told_in_their_order(lines: list[str]) -> None:
    found = list(classified([Evidence(line, "") for line in lines]))
    places = [one.line for one in found]
    assert places == sorted(places)
    assert set(places) <= set(range(len(lines)))
    assert all(shape_of(one.shape) == one.shape != "" for one in found)


def test_what_is_looked_at_is_bounded() -> None:
    assert len(kinds("a line\n" * 100_000)) == 300
    assert len(kinds(*(f"word {number * 'x'}" for number in range(500)))) == 200
