"""Subunit streams, made by the library that others make them with."""

import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from subunit.v2 import StreamResultToBytes

from gerritbot_er.logs.failed_tests import MOST_TESTS, Results
from gerritbot_er.logs.failed_tests.subunit_file import failed_in_subunit

AT = datetime(2026, 11, 21, tzinfo=UTC)
STATES = ["exists", "inprogress", "success", "uxsuccess", "skip", "fail", "xfail"]
NAMES = st.text(min_size=1, max_size=60).filter(
    lambda name: "\0" not in name and name.isprintable() and name.strip() == name and "  " not in name
)


def stream(*states: tuple[str, str | None]) -> bytes:
    out = io.BytesIO()
    result = StreamResultToBytes(out)
    for test, state in states:
        result.status(test_id=test, test_status=state, timestamp=AT, test_tags={"worker-0"})
    return out.getvalue()


def test_what_failed_and_what_never_ended() -> None:
    found = failed_in_subunit(
        [
            stream(
                ("a.test_fine", "inprogress"),
                ("a.test_fine", "success"),
                ("a.test_bad", "inprogress"),
                ("a.test_bad", "fail"),
                ("a.test_odd", "uxsuccess"),
                ("a.test_left_out", "skip"),
                ("a.test_known", "xfail"),
                ("a.test_hangs", "inprogress"),
                ("a.test_listed", "exists"),
            )
        ]
    )
    assert found == Results(frozenset({"a.test_bad", "a.test_odd", "a.test_hangs"}), told=True)


def test_attachments_and_no_test_at_all() -> None:
    out = io.BytesIO()
    StreamResultToBytes(out).status(file_name="stdout", file_bytes=b"a.test_bad FAILED", eof=True)
    assert failed_in_subunit([out.getvalue()]) == Results()
    assert failed_in_subunit([]) == Results()


def test_text_between_packets_is_told_of() -> None:
    data = b"Traceback\n" + stream(("a", "fail")) + b"\xb3 no packet"
    assert failed_in_subunit([data]) == Results(
        frozenset({"a"}), told=True, notes=("damaged packets: 1", "bytes that are no subunit stream of version 2: 10")
    )


def test_a_damaged_packet_costs_itself_alone() -> None:
    first, bad, last = stream(("a", "fail")), bytearray(stream(("b", "fail"))), stream(("c", "fail"))
    bad[-1] ^= 1
    assert failed_in_subunit([first, bytes(bad), last]) == Results(
        frozenset({"a", "c"}), told=True, notes=("damaged packets: 1",)
    )


def test_a_length_below_the_header_reads_nothing_more() -> None:
    assert failed_in_subunit([b"\xb3\x29\x01\x02\x00\x00" + stream(("a", "fail"))]).failed == {"a"}


def test_very_many_failed_tests_are_not_kept() -> None:
    found = failed_in_subunit([stream(*((f"test_{number}", "fail") for number in range(MOST_TESTS + 5)))])
    assert len(found.failed) == MOST_TESTS
    assert found.notes == (f"5 failed tests beyond {MOST_TESTS} were not looked at",)


@given(st.lists(st.tuples(NAMES, st.sampled_from(STATES)), max_size=20), st.integers(1, 50))
def test_what_the_library_writes_is_read_however_it_is_cut(states: list[tuple[str, str]], size: int) -> None:
    data = stream(*states)
    found = failed_in_subunit(data[start : start + size] for start in range(0, len(data), size))
    last = {test: state for test, state in states if state != "exists"}
    failed = {test for test, state in states if state in ("fail", "uxsuccess")}
    hangs = {test for test, state in last.items() if state == "inprogress"}
    assert found == Results(frozenset(failed | hangs), told=bool(states))


@given(
    st.lists(st.binary(max_size=200) | st.sampled_from([b"\xb3", b"\xb3\x2b\x03", stream(("a", "fail"))]), max_size=20)
)
def test_any_bytes_have_an_answer(chunks: list[bytes]) -> None:
    assert failed_in_subunit(chunks) == failed_in_subunit([b"".join(chunks)])
