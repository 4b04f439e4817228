"""The sieve of log lines loses no line that matches, whichever engine looks for the words."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gerritbot_er.logs.mark_finder import HyperscanFinder, MarkFinder, Re2Finder, lowered, mark_finder
from gerritbot_er.logs.scan_sieve import Pass, Sieve
from gerritbot_er.logs.scan_words import FOLDED, Clue, mark_of, words_of
from gerritbot_er.signatures.lucene import OPENDEV, Matcher, QueryError, compile_query, parse
from gerritbot_er.signatures.lucene.analysis import lower_case

from .queries import QUERIES, WORDS

DATA = Path("../shared/data")

Find = Callable[[Sequence[Clue]], MarkFinder]

_FINDERS = [
    pytest.param(Re2Finder, id="re2"),
    pytest.param(
        HyperscanFinder,
        id="hyperscan",
        marks=pytest.mark.skipif(isinstance(mark_finder([(b"a",)]), Re2Finder), reason="has no wheel here"),
    ),
]


def _passed(through: Pass[str], data: bytes) -> Iterator[tuple[int, int, list[str]]]:
    return through.lines(data, through.look(data))


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ('message:"No space-left" AND tags:"console"', [{(b"no", b"space", b"left")}]),
        ('message:"short" OR message:"much longer"', [{(b"short",), (b"much", b"longer")}]),
        ('message:"short" AND message:"considerably"', [{(b"considerably",)}, {(b"short",)}]),
        ('message:"short" NOT message:"considerably"', [{(b"short",)}]),
        ('message:"no space left"~2', [{(b"space",)}, {(b"left",)}, {(b"no",)}]),
        ('message:"a größe of disk"', [{(b"of", b"disk")}, {(b"a",)}]),
        (f'message:"no {"x" * 200} disk left"', [{(b"disk", b"left")}, {(b"no",)}]),
        ("message:screen-n-cpu.txt", [{(b"screen",), (b"n",), (b"cpu.txt",)}]),
        ("message:fail*", [{(b"fail",)}]),
        ("message:*Out?Memory*", [{(b"memory",)}, {(b"out",)}]),
        ("message:/a.*b/", []),
        ("tags:console", []),
        ("message:abc OR tags:console", []),
        ('+message:"abc" tags:console', [{(b"abc",)}]),
        ('NOT message:"abc"', []),
        ("größe", []),
        ("", [set()]),
    ],
)
def test_words_that_a_line_must_hold(query: str, needed: list[set[Clue]]) -> None:
    assert list(words_of(parse(query))) == needed


def test_the_longest_words_of_a_clue_are_looked_for() -> None:
    assert mark_of((b"no", b"valid", b"host", b"was", b"found")) == (b"valid", b"host")
    assert mark_of((b"found",)) == (b"found",)
    assert mark_of((b"failed", b"with", b"novalidhostfound", b"here")) == (b"novalidhostfound",)
    assert mark_of((b"in", b"nova.api.openstack", b"timeout", b"while")) == (b"nova.api.openstack", b"timeout")
    assert mark_of((b"nova.api.openstack", b"novalidhostfound")) == (b"novalidhostfound",)
    assert mark_of((b"nova.api.openstack",)) == (b"nova.api.openstack",)


def test_no_other_character_becomes_a_letter_of_ascii() -> None:
    folded = {c.encode(): low.encode() for c in map(chr, range(0x80, 0xD800)) if (low := lower_case(c)).isascii()}
    assert folded == FOLDED
    assert lowered("DIS\u212a \u0130N".encode()) == b"disk in"


_QUERIES_AND_LINES = {
    'message:"disk full"': b"the disk\xc2\xa0--full",
    'message:"too wide"': b"too" + b" " * 500 + b"wide",
    'message:"kelvin disk"': "\u212aelvin dis\u212a".encode(),
    'message:"in"': "xx \u0130n".encode(),
    'message:"a b"': b"a _ b",
    f'message:"{"x" * 3}"': b"y" * 255 + b"xxx",
    "message:*pest*": b"tempest.api",
    'tags:"console" AND NOT message:"disk"': b"fine",
}


@pytest.mark.parametrize("find", _FINDERS)
def test_lines_that_may_match_and_who_may_match_them(find: Find) -> None:
    matchers = {query: compile_query(parse(query), OPENDEV) for query in _QUERIES_AND_LINES}
    through = Sieve(matchers, find).begin(matchers, {"tags": ["console"]})
    anywhere = list(_QUERIES_AND_LINES)[-1]
    lines = list(_QUERIES_AND_LINES.values())
    data = b"\n".join(lines) + b"\n"
    found = [(data[start:end], candidates) for start, end, candidates in _passed(through, data)]
    assert [line for line, _ in found] == lines
    for (_, candidates), query in zip(found, _QUERIES_AND_LINES, strict=True):
        assert {query, anywhere} <= set(candidates)
    through.close(anywhere)
    through.close('message:"in"')
    found = [(data[start:end], candidates) for start, end, candidates in _passed(through, data)]
    assert [line for line, _ in found] == [line for line in lines if line not in (lines[3], lines[-1])]
    assert list(_passed(through, b"")) == []


def test_a_query_that_the_file_rules_out_is_not_looked_for() -> None:
    query = 'message:"disk full" AND tags:"console"'
    sieve = Sieve({query: compile_query(parse(query), OPENDEV)})
    assert list(_passed(sieve.begin([query], {"tags": ["syslog"]}), b"disk full\n")) == []
    assert list(_passed(sieve.begin([query], {"tags": ["console"]}), b"disk full\n")) == [(0, 9, [query])]
    assert list(_passed(sieve.begin([], {"tags": ["console"]}), b"disk full\n")) == []


_GAPS = st.sampled_from([" ", "-", " . ", "_", " " * 40, "\u00a0", "=" * 33])
_MESSAGES = st.lists(st.tuples(WORDS, _GAPS), max_size=6).map(
    lambda pieces: "".join(f"{word}{gap}" for word, gap in pieces)
)


def _compiled(queries: list[str]) -> dict[str, Matcher]:
    found = {}
    for query in queries:
        try:
            found[query] = compile_query(parse(query), OPENDEV)
        except QueryError:
            continue
    return found


@pytest.mark.parametrize("find", _FINDERS)
@settings(max_examples=50)
@given(lines=st.lists(_MESSAGES, max_size=30), queries=st.lists(QUERIES, min_size=1, max_size=5))
@example(lines=["disk \u00a0 full"], queries=['"disk full"'])
def test_each_line_that_matches_passes_with_its_query(find: Find, lines: list[str], queries: list[str]) -> None:
    matchers = _compiled(queries)
    fields = {"tags": ["console", "console.html"]}
    data = "".join(f"{line}\n" for line in lines).encode()
    passed = {
        (data.count(b"\n", 0, start), query)
        for start, _, candidates in _passed(Sieve(matchers, find).begin(matchers, fields), data)
        for query in candidates
    }
    for number, line in enumerate(lines):
        for query, matcher in matchers.items():
            if matcher.matches({"message": line, **fields}):
                assert (number, query) in passed


_LOOKED_FOR = ("fail", "failed", "timed out", "[SCP]", "ed")
_BLOCKS = st.lists(
    st.one_of(st.binary(max_size=30), st.sampled_from([b"FAILED", b"it fAiled", b"timed out", b"[scp]", b"disk  full"]))
).map(lambda lines: b"".join(line.replace(b"\n", b" ") + b"\n" for line in lines))


@pytest.mark.skipif(isinstance(mark_finder([(b"a",)]), Re2Finder), reason="has no wheel here")
@given(_BLOCKS, st.sampled_from([1, 200]))
def test_the_first_of_each_word_is_told_in_the_same_pass(data: bytes, count: int) -> None:
    low = bytes.lower(data)
    places = {word: low.find(word.lower().encode()) + len(word) - 1 for word in _LOOKED_FOR}
    looked = _finder(count, _LOOKED_FOR).look(data, range(count))
    assert looked.words == {word: place for word, place in places.items() if place >= len(word) - 1}
    assert looked.hits == _finder(count, ()).look(data, range(count)).hits


@cache
def _finder(count: int, words: Sequence[str]) -> MarkFinder:
    return mark_finder([(b"disk", b"full"), *((b"some%d" % n, b"thing") for n in range(count - 1))], words)


@pytest.mark.parametrize("marks", [1, 300])
@pytest.mark.parametrize("gap", [b" ", b"=" * 32, b"=" * 33, b"- " * 40])
def test_marks_with_any_gap_are_found_however_many_there_are(marks: int, gap: bytes) -> None:
    words = [(f"some{number}".encode(), f"word{number}".encode()) for number in range(marks)]
    data = b"fine\nSome0" + gap + b"Word0 here\n" + gap + b"\n"
    assert {number for _, number in mark_finder(words).look(data, {0}).hits} == {0}


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data (real signatures and log documents)")
@pytest.mark.parametrize("find", _FINDERS)
def test_real_documents_pass_with_the_real_signatures_that_match_them(find: Find) -> None:
    documents = list(map(json.loads, (DATA / "documents/elastic-recheck-hits.ndjson").read_text().splitlines()))
    rows = [row.split("\t") for row in (DATA / "signatures/lucene87_matches_modern.tsv").read_text().splitlines()]
    hits = {row[0]: json.loads(row[2]) for row in rows if len(row) == 3 and row[1] == "OK" and row[2] != "[]"}
    with tarfile.open(DATA / "signatures/elastic-recheck-history.tar.gz") as archive:
        files = {Path(member.name).name: member for member in archive.getmembers() if member.isfile()}
        texts = {name: archive.extractfile(files[name]) for name in hits}
        queries = {name: yaml.safe_load(text.read())["query"] for name, text in texts.items() if text is not None}
    matchers = {name: compile_query(parse(query), OPENDEV) for name, query in queries.items()}
    sieve = Sieve(matchers, find)
    count = 0
    for document in documents:
        fields = {key: value for key, value in document.items() if key != "message"}
        line = document["message"].replace("\n", "\r").encode() + b"\n"
        matching = {name for name, ids in hits.items() if document["_doc"] in ids}
        passed = {name for _, _, names in _passed(sieve.begin(matching, fields), line) for name in names}
        assert passed == matching
        count += len(matching)
    assert count > 1000


_FOUND_WITHOUT_WHEELS = """
import gzip, sys
sys.modules.update(hyperscan=None, isal=None)
from gerritbot_er.logs.mark_finder import Re2Finder, mark_finder
from gerritbot_er.logs.scan import Scanner
from gerritbot_er.model import Signature
from gerritbot_er.http_client.decoding import decoded
assert isinstance(mark_finder([(b"disk",)]), Re2Finder)
packed = gzip.compress(b"fine\\nno  space-left\\n")
search = Scanner([Signature("full", 'message:"no space left"')]).search({}, 2026)
print([(found.signature, found.line.number) for found in search.file("a.log", "", decoded([packed], ""))])
"""


def test_where_no_wheel_exists_the_same_is_found() -> None:
    done = subprocess.run([sys.executable, "-c", _FOUND_WITHOUT_WHEELS], check=True, capture_output=True, text=True)
    assert done.stdout == "[('full', 2)]\n"
