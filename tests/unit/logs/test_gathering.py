"""The lines that may tell why a build failed, gathered while its files stream by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.documents import LONGEST_LINE, blocks, message_of
from gerritbot_er.logs.gathering import Gathering, gathered
from gerritbot_er.logs.scan import Scanner
from gerritbot_er.logs.word_finder import WordFinder
from gerritbot_er.model import Signature
from gerritbot_er.telling_lines import (
    ENDS,
    ERROR_WORDS,
    FILES,
    GRAVE_WORDS,
    ends_work,
    is_error,
    is_grave,
    shortlist,
)

END = "POST-RUN START: [trusted : a/b@main]"


def told(path: str, text: str | bytes, size: int = 1000) -> list[tuple[int, str]]:
    """Number and text of each line that is kept of a file, which comes in pieces."""
    data = text.encode() if isinstance(text, str) else text
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return [(line.number, line.message) for line in gathered([(path, "", blocks(pieces))])]


def console(*lines: str) -> str:
    return "".join(f"2026-11-21 09:52:57.6 | {line}\n" for line in lines)


@pytest.mark.parametrize("size", [50, 1000, 10**6])
def test_the_errors_and_the_end_of_a_long_console_are_kept_with_their_numbers(size: int) -> None:
    text = console(
        "ERROR: early",
        *(f"step {number}" for number in range(5000)),
        "ERROR: late",
        END,
        *(f"copied {number}" for number in range(5000)),
    )
    assert told("job-output.txt", text, size) == [
        (1, "ERROR: early"),
        *((number + 2, f"step {number}") for number in range(4941, 5000)),
        (5002, "ERROR: late"),
        (5003, END),
        *((number + 5004, f"copied {number}") for number in range(4990, 5000)),
    ]


@pytest.mark.parametrize("size", [100, 10**6])
def test_of_a_service_the_first_and_the_last_errors_are_kept(size: int) -> None:
    text = "".join(f"INFO {number}\nERROR {number}\n" for number in range(20))
    kept = [0, 1, 2, 3, 16, 17, 18, 19]
    assert told("screen-n-cpu.txt", text, size) == [(2 * number + 2, f"ERROR {number}") for number in kept]


def test_the_console_stands_first_and_only_so_many_other_files_are_looked_at() -> None:
    files = [(f"logs/{number}.log", "", blocks([b"fine\nERROR: it broke\n"])) for number in range(FILES + 5)]
    quiet = ("logs/quiet.log", "", blocks([b"fine\n"]))
    lines = gathered([*files[:3], quiet, ("1/job-output.txt.gz", "", blocks([b"ok\n"])), *files[3:]])
    assert [line.path for line in lines] == ["1/job-output.txt.gz", *(f"logs/{number}.log" for number in range(FILES))]


def test_what_is_no_document_is_no_line_either() -> None:
    assert told("job-output.txt", console("", "  ", "PLAY [all]")) == [(3, "PLAY [all]")]


SHORT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20)
LINES = st.lists(st.one_of(SHORT, st.sampled_from(["ERROR: it broke", "fine", END, "Finished: FAILURE"])), max_size=60)


@given(LINES, st.integers(1, 400))
def test_a_short_console_is_kept_as_if_it_were_read_at_once(lines: list[str], size: int) -> None:
    whole = [(number, text) for number, line in enumerate(lines, 1) if (text := line.strip())]
    kept = [whole[index] for index in shortlist([text for _, text in whole])]
    assert told("console.txt", "".join(f"{line}\n" for line in lines), size) == kept


def plainly(path: str, data: bytes) -> list[tuple[int, str]]:
    """What is kept of a file by the rule alone: all its lines at hand, and no search but Python's own."""
    lines = [line[:LONGEST_LINE] for line in data.removesuffix(b"\n").split(b"\n")] if data else []
    texts = dict(enumerate(map(message_of, lines), 1))

    def holding(words: tuple[str, ...], *, up_to: int = len(lines)) -> list[int]:
        low = [line.lower() for line in lines[:up_to]]
        return [at for at, line in enumerate(low, 1) if any(word.lower().encode() in line for word in words)]

    def tail(up_to: int = len(lines)) -> list[int]:
        first, size = up_to, 0
        while first > 0 and size < 64 * 1024:
            size += len(lines[first - 1]) + 1
            first -= 1
        return list(range(first + 1, up_to + 1))

    if path != "console.txt":
        errors = [at for at in holding(GRAVE_WORDS) if is_grave(texts[at])]
        kept = {*errors[:4], *[at for at in errors if at in tail()][-4:]}
        return [(at, texts[at]) for at in sorted(kept)]
    end = next((at for at in holding(ENDS) if ends_work(texts[at])), None)
    errors = [at for at in holding(ERROR_WORDS, up_to=end or len(lines)) if is_error(texts[at])][:40]
    last = tail()[-300:] if end is None else {*tail(end)[-300:], *tail()[-100:]}
    found = [at for at in sorted({*errors, *last}) if texts[at]]
    return [(found[index], texts[found[index]]) for index in shortlist([texts[at] for at in found])]


REPEATED = st.tuples(
    st.one_of(
        st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")),
        st.sampled_from(
            [
                b"ERROR: it broke",
                b"errors: 0",
                b"fine",
                b"fine" * 9,
                b"DEBUG error",
                b"Traceback (most recent call last)",
            ]
        ),
        st.sampled_from([END.encode(), b"[SCP] x", b"not Finished: x", "\u212aILLED by it".encode(), b"-" * 70_000]),
    ),
    st.integers(1, 150),
)


@given(
    st.lists(REPEATED, max_size=12),
    st.integers(1, 200_000),
    st.sampled_from(["console.txt", "syslog.txt"]),
    st.sampled_from([(), ("nothing",), ("nothing", "it broke", "errors", "debug")]),
    st.sampled_from([b"\n", b""]),
)
def test_the_same_is_gathered_however_a_file_is_cut_and_whoever_looks_for_the_words(
    rows: list[tuple[bytes, int]], size: int, path: str, searched: tuple[str, ...], ending: bytes
) -> None:
    data = b"".join((line[: 2 * 10**6 // (count * len(rows))] + b"\n") * count for line, count in rows)
    data = data.removesuffix(b"\n") + ending if data else data
    size = max(size, len(data) // 500)
    gathering = Gathering()
    search = Scanner([Signature(text, f'message:"{text}"') for text in searched]).search({}, 2026)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    list(search.file(path, "", pieces, gathering.begin(path, "")))
    assert [(line.number, line.message) for line in gathering.lines()] == plainly(path, data)
    assert told(path, data, size) == plainly(path, data)


def test_a_file_is_given_up_where_too_many_lines_hold_a_word_and_tell_of_nothing_but_not_its_end() -> None:
    noise = b"DEBUG: an error\n"
    text = noise * 4999 + b"ERROR: first\n" + noise + b"ERROR: too late\n" + noise * 5000 + b"ERROR: last\n"
    for size in (1000, 10**7):
        assert told("a.log", text, size) == [(5000, "ERROR: first"), (10003, "ERROR: last")]
        assert told("b.log", noise + text, size) == [(10004, "ERROR: last")]


@given(st.binary(max_size=2000), st.integers(1, 400), st.sampled_from(["console.html", "syslog.txt"]))
def test_any_bytes_are_gathered_within_bounds(data: bytes, size: int, path: str) -> None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    lines = gathered([(path, "", blocks(pieces))])
    assert len(lines) <= 171
    assert [line.number for line in lines] == sorted({line.number for line in lines})


BLOCK = st.lists(
    st.one_of(st.binary(max_size=30), st.sampled_from([b"an Error", b"TIMED OUT", b"fail", b"no space  left"]))
).map(lambda lines: b"".join(line.replace(b"\n", b" ") + b"\n" for line in lines))


FAST: dict[tuple[str, ...], WordFinder] = {words: WordFinder(words) for words in (ERROR_WORDS, GRAVE_WORDS)}


@given(BLOCK, st.sampled_from([ERROR_WORDS, GRAVE_WORDS]))
def test_both_ways_to_find_words_find_the_same_lines(data: bytes, words: tuple[str, ...]) -> None:
    fast, plain = FAST[words], WordFinder(words)
    plain._fast = None  # as on a platform without a wheel
    found = list(fast.lines(data))
    assert found == list(plain.lines(data))
    lines = data.split(b"\n")[:-1]
    holding = [line for line in lines if any(word.encode() in line.lower() for word in words)]
    assert [data[start:end] for start, end in found] == holding
