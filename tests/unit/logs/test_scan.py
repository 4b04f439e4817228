"""All signatures against log lines in one pass: the sieve must never lose a line that matches."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.documents import LONGEST_LINE
from gerritbot_er.logs.scan import Found, Scanner
from gerritbot_er.model import Signature
from gerritbot_er.signatures.lucene import OPENDEV, QueryError, compile_query, parse

from .queries import QUERIES, WORDS


def _scan(queries: dict[str, str], *files: tuple[str, bytes], size: int = 64) -> tuple[list[Found], tuple[str, ...]]:
    search = Scanner(Signature(name, query) for name, query in queries.items()).search(
        {"build_status": "FAILURE"}, 2026
    )
    found: list[Found] = []
    for path, data in files:
        chunks = (data[at : at + size] for at in range(0, len(data), size))
        found += search.file(path, f"https://logs.example.org/{path}", chunks)
    return found, search.notes


def test_the_first_line_of_the_first_file_is_the_evidence() -> None:
    queries = {
        "disk": 'message:"no space left"',
        "api": 'message:"no space left" AND tags:"screen-n-api.txt"',
        "never": "message:nothing",
        "status": "build_status:FAILURE",
    }
    console = b"2026-11-21 09:52:57 | fine\n2026-11-21 09:52:58 | No  Space-left!\nno space left\n"
    found, notes = _scan(queries, ("job-output.txt", console), ("screen-n-api.txt", b"\n\nno space left"))
    assert [(one.signature, one.line.path, one.line.message, one.line.number) for one in found] == [
        ("status", "job-output.txt", "fine", 1),
        ("disk", "job-output.txt", "No  Space-left!", 2),
        ("api", "screen-n-api.txt", "no space left", 3),
    ]
    assert notes == ()


def test_what_could_not_be_searched_is_noted() -> None:
    found, notes = _scan(
        {"good": "message:end", "bad": 'message:"'},
        ("a.log", b"x" * (LONGEST_LINE + 5) + b" end\n"),
    )
    assert found == []
    assert notes[0].startswith("signature bad was not searched for: line 1, column ")
    assert notes[1:] == ("a.log: lines longer than 64 KiB were cut there (1)",)


_MESSAGES = st.lists(WORDS, max_size=6).map(" ".join)


@given(st.lists(_MESSAGES, max_size=30), st.lists(QUERIES, min_size=1, max_size=5), st.integers(1, 50))
def test_the_pass_finds_what_each_line_alone_matches(lines: list[str], queries: list[str], size: int) -> None:
    named = {str(number): query for number, query in enumerate(queries)}
    data = "".join(f"{line}\n" for line in lines).encode()
    found, _ = _scan(named, ("console.html", data), size=size)
    expected: dict[str, int] = {}
    for name, query in named.items():
        try:
            matcher = compile_query(parse(query), OPENDEV)
        except QueryError:
            continue
        tags = ["console", "console.html"]
        hits = [n for n, line in enumerate(lines, 1) if line and matcher.matches({"message": line, "tags": tags})]
        if hits:
            expected[name] = hits[0]
    assert {one.signature: one.line.number for one in found} == expected
