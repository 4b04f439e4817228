"""The lines that may tell why a build failed, gathered while its files stream by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.documents import blocks
from gerritbot_er.logs.gathering import gathered
from gerritbot_er.logs.word_finder import WordFinder
from gerritbot_er.telling_lines import ERROR_WORDS, FILES, GRAVE_WORDS, shortlist

END = "POST-RUN START: [trusted : a/b@main]"


def told(path: str, text: str, size: int = 1000) -> list[tuple[int, str]]:
    """Number and text of each line that is kept of a file, which comes in pieces."""
    data = text.encode()
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


@given(st.binary(max_size=2000), st.integers(1, 400), st.sampled_from(["console.html", "syslog.txt"]))
def test_any_bytes_are_gathered_within_bounds(data: bytes, size: int, path: str) -> None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    lines = gathered([(path, "", blocks(pieces))])
    assert len(lines) <= 171
    assert [line.number for line in lines] == sorted({line.number for line in lines})


BLOCK = st.lists(
    st.one_of(st.binary(max_size=30), st.sampled_from([b"an Error", b"TIMED OUT", b"fail", b"no space  left"]))
).map(lambda lines: b"".join(line.replace(b"\n", b" ") + b"\n" for line in lines))


@given(BLOCK, st.sampled_from([ERROR_WORDS, GRAVE_WORDS]))
def test_both_ways_to_find_words_find_the_same_lines(data: bytes, words: tuple[str, ...]) -> None:
    fast, plain = WordFinder(words), WordFinder(words)
    plain._fast = None  # as on a platform without a wheel
    found = list(fast.lines(data))
    assert found == list(plain.lines(data))
    lines = data.split(b"\n")[:-1]
    holding = [line for line in lines if any(word.encode() in line.lower() for word in words)]
    assert [data[start:end] for start, end in found] == holding
