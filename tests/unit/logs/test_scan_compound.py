"""Compound signatures over the lines of streamed files: gathered within limits, decided at the end."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.errors import Transient
from gerritbot_er.logs import scan_compound
from gerritbot_er.logs.scan import Scanner, Search
from gerritbot_er.logs.scan_compound import Gathering, Left, Line, Room, Rule
from gerritbot_er.logs.task import Task, read_request, request
from gerritbot_er.model import Compound, Signature, Within

API = """\
2026-11-21 10:00:00.100 1 INFO nova.api [req-11111111-1111-4111-8111-111111111111 - -] POST /servers
2026-11-21 10:00:01.000 1 INFO nova.api [req-22222222-2222-4222-8222-222222222222 - -] POST /servers
"""
COMPUTE = """\
2026-11-21 10:00:03.000 2 ERROR nova.compute [req-22222222-2222-4222-8222-222222222222 - -] port binding failed
Traceback (most recent call last):
2026-11-21 10:00:09.500 2 ERROR nova.compute [req-11111111-1111-4111-8111-111111111111 - -] port binding failed
"""
BINDING = Compound(
    all_of=('message:"POST /servers"', 'message:"port binding failed"'),
    within=Within(seconds=5),
    same=("request_id",),
    ordered=True,
)


def signature(compound: Compound, capture: str | None = None) -> Signature:
    return Signature("together", compound=compound, capture=capture)


def search_for(*signatures: Signature) -> Search:
    return Scanner(signatures).search({}, 2026)


def found_in(search: Search, *files: tuple[str, str], whole: bool = True) -> list[tuple[str, list[tuple[str, int]]]]:
    """What matched in the files of one attempt: names and the places of the lines."""
    found = [one for path, text in files for one in search.file(path, f"https://l/{path}", [text.encode()])]
    found += search.end(whole=whole)
    return [(one.signature, [(line.path, line.number) for line in (one.line, *one.more)]) for one in found]


def test_one_request_id_over_two_files() -> None:
    search = search_for(signature(BINDING), Signature("plain", 'message:"port binding failed"'))
    assert found_in(search, ("api.log", API), ("compute1/compute.log", COMPUTE)) == [
        ("plain", [("compute1/compute.log", 1)]),
        ("together", [("api.log", 2), ("compute1/compute.log", 1)]),
    ]
    assert search.done
    assert search.undecided == ()


def test_attempts_are_not_mixed() -> None:
    search = search_for(signature(BINDING))
    assert found_in(search, ("api.log", API)) == []
    assert found_in(search, ("compute.log", COMPUTE)) == []
    assert not search.done


def test_what_must_not_be_there_is_known_at_the_end_only() -> None:
    waited = Compound(all_of=('message:"began"',), none_of=('message:"ended"',))
    assert found_in(search_for(signature(waited)), ("a.log", "it began\n"), ("b.log", "it ended\n")) == []
    assert found_in(search_for(signature(waited)), ("a.log", "it began\n"), ("b.log", "x\n")) == [
        ("together", [("a.log", 1)])
    ]
    search = search_for(signature(waited))
    assert found_in(search, ("a.log", "it began\n"), whole=False) == []
    [why] = search.undecided
    assert why == (
        "signature together is undecided: lines of it are there, but not all was read: what must not be there may be "
        "there"
    )


def torn(text: str) -> Iterator[bytes]:
    yield text.encode()
    raise Transient("the connection was lost")


@pytest.mark.parametrize("same", [(), ("file",)])
def test_a_file_that_was_not_read_to_its_end_tells_what_is_there(same: tuple[str, ...]) -> None:
    def tell(compound: Compound) -> tuple[list[str], int]:
        search = search_for(signature(compound))
        with pytest.raises(Transient, match="lost"):
            list(search.file("a.log", "https://l/a.log", torn("it began\nit went on\n")))
        return [one.signature for one in search.end()], len(search.undecided)

    there = Compound(all_of=("message:began", "message:on"), same=same)
    without = Compound(all_of=("message:began", "message:on"), none_of=("message:ended",), same=same)
    assert tell(there) == (["together"], 0)
    assert tell(without) == ([], 1)


def test_lines_of_one_file_are_told_at_its_end() -> None:
    trace = Compound(all_of=("message:Traceback", "message:KeyError"), within=Within(lines=2), ordered=True)
    search = search_for(signature(trace))
    text = "Traceback\nx\nx\nKeyError\nx\nTraceback\nx\nKeyError\n"
    found = list(search.file("a.log", "", [text.encode()]))
    assert [(one.line.number, [line.number for line in one.more]) for one in found] == [(6, [8])]
    assert search.done
    assert list(search.end()) == []


def test_a_line_before_the_first_time_stamp_has_that_one() -> None:
    compound = Compound(all_of=("message:began", "message:failed"), within=Within(seconds=1))
    text = "began without a time\n2026-11-21 10:00:00 x\n2026-11-21 10:00:01 failed\n"
    assert found_in(search_for(signature(compound)), ("a.log", text)) == [("together", [("a.log", 1), ("a.log", 3)])]


def test_a_file_without_time_stamps_leaves_it_undecided() -> None:
    compound = Compound(all_of=("message:began", "message:failed"), within=Within(seconds=1))
    search = search_for(signature(compound))
    assert found_in(search, ("a.log", "began\nfailed\n")) == []
    assert search.undecided == ("signature together is undecided: the lines of a.log have no time stamps to compare",)


def test_times_of_day_of_a_jenkins_console_are_compared() -> None:
    compound = Compound(all_of=("message:began", "message:failed"), within=Within(seconds=5), ordered=True)
    search = Scanner([signature(compound)]).search({}, 2026, until=1_795_000_000.0)
    assert found_in(search, ("console.log", "23:59:58 began\n00:00:01 failed\n")) == [
        ("together", [("console.log", 1), ("console.log", 2)])
    ]


def test_one_line_may_stand_for_two_parts_and_is_shown_once() -> None:
    compound = Compound(all_of=("message:disk", "message:full"), same=("file",))
    assert found_in(search_for(signature(compound)), ("a.log", "disk\n"), ("b.log", "disk full\n")) == [
        ("together", [("b.log", 1)])
    ]


def test_a_captured_value_may_be_what_is_the_same() -> None:
    compound = Compound(all_of=("message:created", "message:lost"), same=("volume",))
    one = signature(compound, r"volume (?P<volume>[0-9a-f]+)")
    text = "created volume aa\ncreated volume bb\nlost volume cc\nlost volume bb\nlost it\n"
    assert found_in(search_for(one), ("a.log", text)) == [("together", [("a.log", 2), ("a.log", 4)])]


def test_hosts_are_told_by_folder_console_and_syslog() -> None:
    compound = Compound(all_of=("message:stopped", "message:unreachable"), same=("host",))
    console = "2026-11-21 10:00:00.000000 | compute1 | unreachable\n"
    syslog = "Nov 21 10:00:00 np7 systemd[1]: stopped\n"

    def found(path: str) -> bool:
        return bool(found_in(search_for(signature(compound)), ("job-output.txt", console), (path, syslog)))

    assert found("compute1/logs/syslog.txt")
    assert not found("controller/logs/syslog.txt")
    assert not found("logs/syslog.txt")


def test_too_many_lines_are_not_compared() -> None:
    compound = Compound(all_of=("message:never", "message:error"), within=Within(seconds=1))
    gathering = Gathering(Rule("together", compound, signature(compound)), Room())
    line = Line("a.log", "https://l/a.log", "error", 1)
    assert all(gathering.add(1, {}, line, "2026-11-21T10:00:00") for _ in range(scan_compound.MOST_LINES))
    assert not gathering.add(1, {}, line, "2026-11-21T10:00:00")
    assert gathering.decide(whole=True) == Left(
        "signature together is undecided: too many lines fit its parts to be compared"
    )


def test_a_line_of_many_request_ids_takes_room_in_each_of_its_groups() -> None:
    compound = Compound(all_of=("message:never", "message:error"), same=("request_id",))
    gathering = Gathering(Rule("together", compound, signature(compound)), room := Room(left=10_000))
    few, many = (" ".join(f"req-{n:08x}-1111-4111-8111-111111111111" for n in range(count)) for count in (10, 20))
    assert gathering.add(1, {"message": few}, Line("a.log", "https://l/a.log", few, 1), "")
    assert not gathering.add(1, {"message": many}, Line("a.log", "https://l/a.log", many, 2), "")
    assert room.left == 10_000 - 10 * 600 - len(few)
    assert gathering.decide(whole=True) == Left(
        "signature together is undecided: too many lines fit its parts to be compared"
    )
    assert room.left == 10_000


def test_of_many_lines_one_is_enough_where_nothing_is_compared() -> None:
    compound = Compound(all_of=("message:end", "message:error"), same=("file",))
    text = "error\n" * (scan_compound.MOST_LINES + 1) + "end\n"
    search = search_for(signature(compound))
    assert found_in(search, ("a.log", text)) == [("together", [("a.log", scan_compound.MOST_LINES + 2), ("a.log", 1)])]


def test_a_part_that_cannot_be_read_leaves_its_signature_out() -> None:
    search = search_for(signature(Compound(all_of=("message:a", 'message:"'))))
    assert search.done
    assert search.notes[0].startswith("signature together was not searched for: line 1, column ")


@pytest.mark.parametrize(
    "asked",
    [
        Signature("plain", "message:x"),
        signature(BINDING, r"(?P<port>\d+)"),
        signature(Compound(("a",), ("b", "c"), ("d",), Within(lines=20), ("file", "host"))),
    ],
)
def test_a_worker_is_told_all_that_searching_takes(asked: Signature) -> None:
    task = Task(
        fields={}, log_urls=(), viewer=None, hosts=(), private=(), ca_file=None, files=1, bytes_per_file=1,
        bytes_per_build=1, bytes_per_second=1, seconds=1.0, year=2026,
    )  # fmt: skip
    assert read_request(request(task, [asked]))[1] == (asked,)
    assert read_request(request(task, None))[1] is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.binary(max_size=40) | st.sampled_from([b"began", b"10:00:00 failed", b"I1121 10:00:00 began"])),
        max_size=3,
    )
)
def test_any_bytes_are_decided(files: list[list[bytes]]) -> None:
    everything = Compound(("message:began", "message:*"), ("message:failed", "message:/.*/"), ("message:never",))
    rules = [
        replace(everything, within=Within(seconds=1), same=("host", "file"), ordered=True),
        replace(everything, within=Within(lines=1), same=("request_id",)),
        everything,
    ]
    search = Scanner(Signature(str(number), compound=rule) for number, rule in enumerate(rules)).search({}, 2026, 1e9)
    for number, lines in enumerate(files):
        list(search.file(f"{number}.log", "", [b"\n".join(lines)]))
    for found in search.end():
        assert found.line.number > 0
