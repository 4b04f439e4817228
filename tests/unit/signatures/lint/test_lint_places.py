"""Lint: findings stand at their places, and what to write instead fits there, whatever the text."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lint.remarks import Finding, Level
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV, FieldPreset


@given(
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.integers(10, 80),
    st.lists(st.sampled_from(['message:"it\'s é"', "(a b OR c)", '"x: #y"', 'tags:"\\"q\\""']), max_size=4),
)
def test_what_to_write_instead_fits_its_place_however_the_query_is_written(
    style: str | None, width: int, before: list[str]
) -> None:
    clauses = [*before, 'message:"z z"', "screen-n-cpu.txt", 'tags:"console"']
    value = " AND ".join(clauses)
    text = yaml.dump({"title": "x", "query": value}, default_style=style, width=width, allow_unicode=True)
    [found] = (finding for finding in lint({"f": text}, OPENDEV) if finding.rule == "unquoted")
    assert found.width == len("screen-n-cpu.txt")
    clauses[-2] = '"screen-n-cpu.txt"'
    assert yaml.safe_load(_applied(text, found))["query"] == " AND ".join(clauses)


def _applied(text: str, found: Finding) -> str:
    lines = text.split("\n")
    line, start = lines[found.line - 1], found.column - 1
    lines[found.line - 1] = line[:start] + (found.mended or "") + line[start + found.width :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "fields", "mended"),
    [
        (
            'query: "message:\\"x y\\" AND filename:\\"a.txt\\""\n',
            LOGSTASH_LEGACY,
            'query: "message:\\"x y\\" AND filename:\\"logs/a.txt\\""\n',
        ),
        (
            'query: message:"x y" AND project:a/b AND tags:c/d\n',
            OPENDEV,
            'query: message:"x y" AND project:"a/b" AND tags:c/d\n',
        ),
        (
            'query: message:"x y"\njobs: [b, "py3\\\\d+"]\n',
            OPENDEV,
            'query: message:"x y"\njobs: [b, "/py3\\\\d+/"]\n',
        ),
        (
            'query: message:"x y"\nresults: failure\n',
            OPENDEV,
            'query: message:"x y"\nresults: FAILURE\n',
        ),
    ],
)
def test_exactly_what_is_meant_is_replaced(text: str, fields: FieldPreset, mended: str) -> None:
    found = next(one for one in lint({"f": text}, fields) if one.mended and one.counts)
    assert _applied(text, found) == mended


def test_a_whole_query_to_write_instead_is_yaml() -> None:
    [found] = (one for one in lint({"f": "query: '\"x y\" tags:\"it''s\"'\n"}, OPENDEV) if one.rule == "missing-and")
    assert found.mended == "query: '\"x y\" AND tags:\"it''s\"'"


TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                "query: ", "all_of: [", "]", "\n", "'", '"', "(", ")", " AND ", " NOT ", "message:", "/", "\\", "*",
                "jobs: ", "capture: ", "(?P<x>.*)", "examples: {match: [x]}\n", "tags:a-b", "within: 5s\n", ">-\n  ",
                "filename:", "voting:1", "[1 TO 2]", "~", "^2", "é", "\u2028", "bug: https://b.example.org/1\n",
            ]
        ),
        max_size=16,
    ).map("".join),
)  # fmt: skip


@given(TEXTS, TEXTS, st.sampled_from([OPENDEV, LOGSTASH_LEGACY]))
def test_any_text_gives_findings_with_places_in_it(one: str, other: str, fields: FieldPreset) -> None:
    texts = {"a": one, "b": f"query: {other}"}
    for finding in lint(texts, fields):
        lines = texts[finding.file].replace("\r\n", "\n").replace("\r", "\n")
        for separator in ("\x85", "\u2028", "\u2029"):
            lines = lines.replace(separator, "\n")
        assert 1 <= finding.line <= lines.count("\n") + 1
        assert finding.column >= 1
        assert finding.message
        assert finding.counts is (finding.level is not Level.HINT)


HOSTILE = {
    "many alternatives": "query: " + " OR ".join(f"tags:a{i}-b" for i in range(1000)),
    "many conditions": "query: '" + " AND ".join(f'"a{i} b"' for i in range(1000)) + "'",
    "patterns, deep": "query: " + "(" * 99 + " OR ".join(f"a{i}*x" for i in range(500)) + ")" * 99,
    "slashes": "query: 'message:" + "a/b " * 8000 + "'",
    "escapes": "query: 'message:\"" + "\\n" * 30000 + "\"'",
    "many names": "query: a\njobs: [" + ",".join(f"a{i}*" for i in range(3000)) + "]",
    "blank lines": "query: >-\n" + "\n" * 100_000 + "  a-b",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_long_files_are_looked_at_in_a_second_or_two(text: str) -> None:
    before = time.process_time()
    assert lint({"f.yaml": text}, OPENDEV)
    assert time.process_time() - before < 5
