"""The shape of a line: what changes from build to build is a placeholder, what tells stays, whatever the text."""

import datetime as dt
import random
import time
import uuid

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gerritbot_er.insight.shapes import LONGEST, message_of, normalised, shape_of


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("2018-04-24 17:09:40.099803 | controller | Neutron did not start", "Neutron did not start"),
        (
            "Apr 24 17:08:42.475477 xenial neutron-server[6473]: ERROR neutron.service [-] Plugin 'ml2' not found.",
            "Plugin 'ml2' not found.",
        ),
        (
            "2013-10-08 06:43:15.921 7 TRACE a.b SubnetInUse: subnet f3b4fd92-b184-40d7-843c-1fe398967e51 is in use",
            "SubnetInUse: subnet <id> is in use",
        ),
        ("[12:00:01] ERROR: no such pod", "no such pod"),
        (
            "Timed out waiting for 172.24.4.232 to become reachable",
            "Timed out waiting for <address> to become reachable",
        ),
        ("no route to fe80::5054:ff:fe12:3456, 52:54:00:12:34:56", "no route to <address>"),
        ("Failed to plug VIF tap12ab34cd-ef", "Failed to plug VIF <id>"),
        ("took 23m 04s, began 2026-11-21T09:52:57Z", "took <time>, began <time>"),
        ("Command exited with exit code 137 after 12 tries", "Command exited with exit code 137 after <n> tries"),
        ("OSError: [Errno 28] No space left: '/opt/data/3f'", "OSError: [Errno 28] No space left: '<path>'"),
        ("PUT https://registry.example.org/v2/x 404 Not Found", "PUT <url> 404 Not Found"),
        ('"PUT /v1/AUTH_x/c HTTP/1.0" 503', '"PUT <path> HTTP/1.0" 503'),
        ("{'message': 'busy', 'code': '409'}", "{'message': 'busy', 'code': '409'}"),
        ("merge of refs/changes/34/1234/5 (1234,5) failed", "merge of <change> (<change>) failed"),
        ("node ubuntu-jammy-rax-iad-0034567 is gone", "node <host> is gone"),
        ("cannot reach mirror.iad.example.org:8080 as zuul@mirror", "cannot reach <host> as <host>"),
        ("a/b/c/d.py:12: error: x_y is not defined", "<path>:<n>: error: x_y is not defined"),
        ("ports 1, 2, 3, 45 and 80 MiB", "ports <n> and <n> MiB"),
        ("sha256 0xdeadbeef 9f86d081884c7d65 ipv6 utf8 python3.10", "sha<n> <id> ipv6 utf8 python3.10"),
        ("\x1b[31mfatal\x1b[0m:   it   broke", "fatal: it broke"),
        ("", ""),
    ],
)
def test_what_changes_is_a_placeholder(line: str, shape: str) -> None:
    assert normalised(line) == shape


HEX = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("words", "placeholder"),
    [
        ("2018/04/24_17h09m40", "<time>"),
        ("2018-04-24T17:09:40,123 +02:00", "<time>"),
        ("10/Oct/2018:13:55:36 +0000", "<time>"),
        ("Tue, 24 Apr 2018 17:09:40 GMT", "<time>"),
        ("Tue Apr 24 17:09:40 UTC 2018", "<time>"),
        ("24 Apr 2018 17:09:40", "<time>"),
        ("Apr 24 17:09:40.123", "<time>"),
        ("17:09:40.123", "<time>"),
        ("3m 12.5s", "<time>"),
        ("1h 02m 03s", "<time>"),
        (f"I{HEX}", "<change>"),
        ("10.0.0.0/8", "<address>"),
        ("52:54:00:12:34:56", "<address>"),
        ("2001:db8:0:1:2:3:4:5", "<address>"),
        ("2001:db8::1/64", "<address>"),
        ("user@host-1", "<host>"),
        ("cache.example.org:443", "<host>"),
        ("ubuntu-jammy-ovh-0034567", "<host>"),
        ("/var/lib/nova", "<path>"),
        ("~/work/logs", "<path>"),
        (r"C:\work\logs", "<path>"),
        ("/dev3", "<path>"),
        ("src/nova/tests", "<path>"),
        ("0x1f", "<id>"),
        ("12345abc", "<id>"),
        ("abc12345", "<id>"),
        (f"req_{HEX[:32]}", "req_<id>"),
        ("1abcdefghijklmnopqrsT", "<id>"),
        ("Abcdefghijklmnopqrst1", "<id>"),
        ("abcdefghijklmnopqRst1", "<id>"),
        ("zk1yx2wv_3f", "<id>"),
        ("1zk2yxwv", "<id>"),
        ("+12, 99% and 3.5GiB", "<n> and <n>"),
    ],
)
def test_each_thing_that_changes_has_its_placeholder(words: str, placeholder: str) -> None:
    assert normalised(f"saw {words} there") == f"saw {placeholder} there"


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("12018-04-24", "<n>"),
        ("2018-04-241", "<n>"),
        ("XTue Apr 24 17:09:40", "XTue <time>"),
        ("v24 Apr 17:09:40", "v24 <time>"),
        ("x3m 12s", "x3m <n>"),
        ("1.17:09:40", "<n>"),
        ("Mrefs/changes/34/1234/5", "<path>"),
        (f"XI{HEX}", "<id>"),
        ("1,1234,5", "<n>"),
        ("1234,5,6", "<n>"),
        ("1234,5.6", "<n>"),
        ("x10.0.0.1", "x10.0.0.1"),
        ("1.10.0.0.1", "<n>"),
        ("10.0.0.1.2", "<n>"),
        ("z52:54:00:12:34:56", "z52:<n>"),
        ("52:54:00:12:34:56z", "<n>z"),
        ("z2001:db8:0:1:2", "z<n>:db8:<n>"),
        ("2001:db8:0:1:2z", "<n>:db8:<n>z"),
        ("std::vector and a::b::c", "std::vector and a::b::c"),
        ("example.organic and node.js", "example.organic and node.js"),
        ("a.example.org(7) and b.example.org/x", "a.example.org(<n>) and b.example.org/x"),
        ("abc-def-12", "abc-def-<n>"),
        ("-ubuntu-jammy-0034567", "-ubuntu-jammy-<n>"),
        ("a-.example.org", "a-.example.org"),
        ("Ωcache.example.org", "Ωcache.example.org"),
        ("C:/work/logs", "C:<path>"),
        ("x/dev3", "x/dev3"),
        ("<n>/a/b", "<n>/a/b"),
        ("and/or", "and/or"),
        ("x0x1f", "x<n>x<n>f"),
        ("1abcdef-gh", "<n>abcdef-gh"),
        ("x1abcdef", "x1abcdef"),
        ("-abc123", "-abc<n>"),
        ("deadbeef", "deadbeef"),
        ("zyxwvutsrqponmlkjihgu1", "zyxwvutsrqponmlkjihgu1"),
        ("1zyxwvutsrqponmlkjihg", "<n>zyxwvutsrqponmlkjihg"),
        ("Zyxwvutsrqponmlkjihgfedcba.x", "Zyxwvutsrqponmlkjihgfedcba.x"),
        ("zyXwvutsrqponmlkjihgfedcba.x", "zyXwvutsrqponmlkjihgfedcba.x"),
        ("xerrno=12", "xerrno=<n>"),
        ("errno=12345", "errno=<n>"),
    ],
)
def test_what_only_looks_like_it_is_something_else(words: str, shape: str) -> None:
    assert normalised(f"saw {words} there") == f"saw {shape} there"


@pytest.mark.parametrize(
    "words",
    ["errno=12, error: 7 and exit: 3", "code=409 status:503 rc=2 http/500", "HTTP/2", "ipv6, utf8 and python3.10"],
)
def test_codes_and_names_with_a_digit_stay(words: str) -> None:
    assert normalised(f"saw {words} there") == f"saw {words} there"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2013-10-08 06:43:15.921 31882 ERROR nova.api [-] boom", "bad"),
        ("2013-10-08 06:43:15.921 31882 WARNING nova.api [-] boom", "fair"),
        ("[ERROR] boom", "bad"),
        ("boom", ""),
    ],
)
def test_the_level_is_told_beside_the_message(line: str, level: str) -> None:
    assert message_of(line) == ("boom", level)


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "/a/b",
            "12",
            "10.0.0.1",
            "::",
            "<n>",
            "<id>",
            "x@y",
            "a.b.org",
            "req-",
            "0x1f",
            "1,2",
            "::1",
            "\\n",
            "Jan 2",
            "Z",
        ]
    ),
    st.from_regex(r"[0-9a-fA-F:./@,<>-]{1,12}", fullmatch=True),
)
LINES = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES).map("".join))


@given(LINES)
@example("0" * 3000)
@example("<n>1<n>")
@example("1 1/Jan/2000:00:00:00")
def test_twice_is_once(line: str) -> None:
    shape = normalised(line)
    assert normalised(shape) == shape
    assert len(shape) <= 8 * LONGEST


TEMPLATE = "2026-11-21 09:52:57.123 | node | server {id} on {address} failed {n} times: see {path} and {url} at {time}"


@given(st.uuids(), st.ip_addresses(v=4), st.integers(0, 10**9), st.times(), st.uuids())
def test_ids_numbers_times_paths_and_addresses_do_not_matter(
    server: uuid.UUID, address: object, count: int, at: dt.time, path: uuid.UUID
) -> None:
    line = TEMPLATE.format(
        id=server,
        address=address,
        n=count,
        path=f"/opt/{path}/{count}",
        url=f"https://logs.example.org/{count}/{path}",
        time=f"{at:%H:%M:%S}",
    )
    assert normalised(line) == "server <id> on <address> failed <n> times: see <path> and <url> at <time>"


@pytest.mark.parametrize(
    "piece", ["a", "1", "1a", "/a", "a.", "a-1", "::", "<n>", " ", "a@", "0x", "[", "\\", "1:", "a/b ", "Aa1", "é1/"]
)
def test_a_line_of_a_million_characters_is_harmless(piece: str) -> None:
    line = piece * (1_000_000 // len(piece))
    start = time.process_time()
    assert len(normalised(line)) <= 8 * LONGEST
    assert time.process_time() - start < 1


ATOMS = [*'a1fAg:./\\-_@=+%~| ["é', "::", "0x", "<n>", "://", "req-", "error", "Jan ", "1h 1m"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=6), st.integers(0, 99))
@example(["1", "f", ":"], 1)
@example(["a", ".", "b", "-"], 1)
def test_no_line_takes_long_whatever_is_in_it(alphabet: list[str], seed: int) -> None:
    mixed = "".join(random.Random(seed).choices(alphabet, k=LONGEST))  # noqa: S311 - no secret
    for line in ("".join(alphabet) * LONGEST, mixed):
        assert min(seconds(line[:LONGEST]) for _ in range(4)) < 0.008


def seconds(line: str) -> float:
    """Of this thread, the line never seen before; some 0.5 ms where nothing else runs."""
    shape_of.cache_clear()
    start = time.thread_time()
    normalised(line)
    return time.thread_time() - start
