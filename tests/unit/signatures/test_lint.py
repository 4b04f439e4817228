"""Lint: each rule speaks where something is wrong, at its place, and is silent where nothing is."""

import json
import tarfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lint.remarks import Finding, Level
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV, FieldPreset

DATA = Path("../shared/data/signatures")
REST = "title: t\nadvice: fix\nexamples: {match: []}\n"


def told(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    """What is found but for hints that something is missing."""
    return [_said(finding) for finding in lint({"f.yaml": text}, fields) if finding.rule != "missing"]


def _said(finding: Finding) -> str:
    mended = "" if finding.mended is None else f" | {finding.mended}"
    return f"{finding.line}:{finding.column} {finding.level}[{finding.rule}] {finding.message}{mended}"


def query(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    """Of a query between double quotes; what to write instead is told without their escapes."""
    found = lint({"f.yaml": f"query: {json.dumps(text)}\n"}, fields)
    read = (replace(one, mended=one.mended and one.mended.replace('\\"', '"')) for one in found)
    return [_said(one) for one in read if one.rule != "missing"]


def rules(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    return [one.split("[")[1].split("]")[0] for one in query(text, fields)]


# -- files that cannot be read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("query: [", ["1:9 error[yaml] this is no YAML: expected the node content, but found '<stream end>'"]),
        ("qery: a\n", ['1:1 error[schema] there is no key "qery"; did you mean "query"?']),
        (
            "query: >-\n  a AND\n  (b\n",
            [("3:3 error[query] this parenthesis is never closed; close it, or write \\( for the character itself")],
        ),
        (
            "query: message:x AND project:openstack/cinder\n",
            [
                (
                    "1:22 error[query] this slash opens a regular expression that never ends; quote the value, or "
                    'write \\/ for a slash | project:"openstack/cinder"'
                )
            ],
        ),
        (
            "query: build_change:abc\n",
            ['1:21 error[query] "abc" is no number, and the field holds numbers'],
        ),
    ],
)
def test_what_cannot_be_read(text: str, said: list[str]) -> None:
    assert told(text) == said


# -- everything, nothing, something else

MISSING_AND = (
    "alone is enough here, with no AND between it and the message: every such line is matched; join them with AND"
)
IDLE = "is of no consequence: beside clauses with AND, one without it decides nothing; use parentheses, or write AND"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'query: >-\n  message:"x y"\n  tags:console\n',
            [f'3:3 error[missing-and] tags:console {MISSING_AND} | query: message:"x y" AND tags:console'],
        ),
        (
            'query: message:"x" OR message:"y" OR filename:"z.log" NOT "w"\n',
            [
                (
                    f'1:38 error[missing-and] filename:"z.log" {MISSING_AND} '
                    '| query: (message:"x" OR message:"y") AND filename:"z.log" AND NOT "w"'
                )
            ],
        ),
        (
            'query: build_name:"j" AND (message:"x" tags:console)\n',
            [
                (
                    "1:8 hint[scope-in-query] the key jobs says the same, exactly and before any log is read, and here "
                    "names that only contain it are matched as well | jobs: [j]"
                ),
                f"1:40 error[missing-and] tags:console {MISSING_AND}",
            ],
        ),
        (
            "query: +tags:console message:x\n",
            [f"1:9 error[missing-and] tags:console {MISSING_AND}"],
        ),
        (
            "query: tags:console AND filename:job-output.log\n",
            [
                (
                    "1:8 warning[no-message] it asks about files and builds only, never about a line: every line there "
                    "is matched; add a message"
                ),
                (
                    "1:25 warning[unquoted] without quotes any one of its words is enough (job, output.log); put it in "
                    'quotes | filename:"job-output.log"'
                ),
            ],
        ),
        (
            "query: (NOT message:x)\n",
            [
                (
                    "1:8 error[only-negative] it says only what a line must not hold, so that nearly every line is "
                    "matched; say what it must hold"
                )
            ],
        ),
        (
            "query: message:x OR message:*\n",
            [
                (
                    "1:21 error[matches-everything] message:* is matched by every line; say what the line of this bug "
                    "holds"
                ),
            ],
        ),
        (
            "query: '\"--\"'\n",
            [
                (
                    "1:9 error[matches-nothing] there is no word in it: punctuation is left out of the search, so that "
                    "nothing is matched; add words"
                ),
            ],
        ),
        (
            'query: message:x AND message:"--"\n',
            [
                (
                    '1:22 warning[no-word] message:"--" holds no letter or digit: it is left out of the search; write '
                    "words, or take it out"
                )
            ],
        ),
        (
            'query: message:"disk is full" AND NOT message:"is full"\n',
            [
                (
                    '1:39 error[matches-nothing] message:"is full" is excluded, and wherever message:"disk is '
                    'full" is, '
                    "it is too: nothing is matched"
                )
            ],
        ),
        (
            'query: message:"x" AND filename:"a.log" AND filename:"b.log"\n',
            [
                (
                    '1:45 error[matches-nothing] no line can have both filename:"a.log" and filename:"b.log": '
                    "nothing is "
                    'matched; write OR, in parentheses | (filename:"a.log" OR filename:"b.log")'
                )
            ],
        ),
        (
            'query: message:"x" AND tags:"a" OR tags:"b"\n',
            [f'1:24 warning[no-consequence] tags:"b" {IDLE} | (tags:"a" OR tags:"b")'],
        ),
        (
            "query: message:x AND message:y z\n",
            [f"1:32 warning[no-consequence] z {IDLE}"],
        ),
        (
            'query: message:"error"\n',
            [
                (
                    '1:8 warning[too-general] message:"error" is in the logs of nearly every failed build; say more of '
                    "what the line of this bug holds"
                )
            ],
        ),
        (
            'query: message:"disk full" OR message:"disk full on"\n',
            ['1:31 hint[said-twice] message:"disk full on" adds nothing to message:"disk full"; leave it out'],
        ),
        (
            'query: message:"disk full" AND message:"disk full on"\n',
            ['1:8 hint[said-twice] message:"disk full" adds nothing to message:"disk full on"; leave it out'],
        ),
    ],
)
def test_queries_that_match_too_much_or_nothing(text: str, said: list[str]) -> None:
    assert told(text) == said


# -- words, quotes, patterns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'query: >-\n  message:"x" AND\n    tags:screen-n-cpu.txt\n',
            [
                (
                    "3:5 warning[unquoted] without quotes any one of its words is enough (screen, n, cpu.txt); "
                    "put it in "
                    'quotes | tags:"screen-n-cpu.txt"'
                )
            ],
        ),
        (
            "query: disk is nearly quite full\n",
            [
                (
                    "1:8 warning[unquoted] without quotes any one of its words is enough (disk, is, nearly, quite …); "
                    'put it in quotes | "disk is nearly quite full"'
                )
            ],
        ),
        (
            "query: message:No space left\n",
            [
                (
                    "1:8 warning[unquoted] without quotes any one of these words is enough (No, space, left); put them "
                    'in quotes | message:"No space left"'
                )
            ],
        ),
        (
            "query: message:'No space left' OR (\u201cdisk quota\u201d) OR message:'full'\n",
            [
                (
                    '1:8 warning[unquoted] these quotes make no phrase, each word is looked for alone; write " | '
                    'message:"No space left"'
                ),
                (
                    '1:36 warning[unquoted] these quotes make no phrase, each word is looked for alone; write " | '
                    '"disk quota"'
                ),
            ],
        ),
        (
            'query: message:"x" and message:"y"\n',
            [
                (
                    '1:20 warning[small-operator] "and" in small letters is a word to look for, any line with it is '
                    "matched; write it in capitals | AND"
                )
            ],
        ),
        (
            'query: message:"Failed to plug vif*"\n',
            [
                (
                    "1:8 warning[pattern-in-quotes] within quotes * is no pattern but left out of the search; "
                    "write the "
                    "words alone, or several clauses"
                )
            ],
        ),
        (
            'query: message:"failed\\nNo match"\n',
            [
                (
                    '1:23 warning[escaped-letter] \\n is the letter n to Lucene, not a newline, so that "nNo" '
                    "is looked "
                    "for; take it out | "
                )
            ],
        ),
        (
            'query: message:"x" AND filename:logs*screen-n-cpu.txt\n',
            [
                (
                    "1:24 error[pattern-over-words] a pattern is compared with single words here, and no word "
                    'has "-" in '
                    "it: nothing is matched; compare it with the whole value "
                    '| filename:"screen-n-cpu.txt"'
                )
            ],
        ),
        (
            'query: message:"x" AND tags:*screen-n*\n',
            [
                (
                    "1:24 error[pattern-over-words] a pattern is compared with single words here, and no word "
                    'has "-" in '
                    "it: nothing is matched; compare it with the whole value | tags.keyword:*screen-n*"
                )
            ],
        ),
        (
            "query: message:/Timed out.*/\n",
            [
                (
                    "1:8 error[capitals-in-regexp] words are in small letters and this expression is not: nothing is "
                    "matched; write it in small letters | message:/timed out.*/"
                )
            ],
        ),
        (
            "query: message:/timed out.*/\n",
            [
                (
                    "1:8 error[pattern-over-words] an expression is compared with single words here, and no word has a "
                    "blank in it: nothing is matched; look for a phrase"
                )
            ],
        ),
        (
            "query: message:x AND (project:openstack/cinder OR project:openstack/nova)\n",
            [
                (
                    "1:23 error[slash] this slash opens a regular expression that reaches up to the next "
                    "slash, over all "
                    'between them; quote the value | project:"openstack/cinder"'
                ),
            ],
        ),
    ],
)
def test_words_that_mean_something_else(text: str, said: list[str]) -> None:
    assert [one for one in told(text) if "hint" not in one][: len(said)] == said


@pytest.mark.parametrize(
    "text",
    [
        'message:"x y" AND tags:"console"',
        'message:("a b" OR "c d") AND (tags:"console" OR filename:"x.log")',
        'message:(+"[ERROR]" +"no valid host")',
        'message:("a b" NOT "c")',
        'message:"a b" AND NOT message:"c"',
        'message:"what happened?" AND message:"*** a ***"',
        'message:"SELECT * FROM" AND message:"f(**kwargs)"',
        "message:disk*",
        'message:"a b" AND build_name.keyword:*-full-*',
        'message:"C:\\\\new" OR message:"say \\"no\\""',
        'message:"a b" AND build_uuid:abc*',
        "message:/timed.*/ AND message:foo~1",
        'filename:"custom-job-results.txt" AND message:"NODE_FAILURE"',
        'message:"not found and gone"',
        'message:"a" AND @timestamp:[2026-01-01 TO 2026-02-01]',
    ],
)
def test_what_is_right_is_let_alone(text: str) -> None:
    assert query(text) == []


# -- presets of fields


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'build_short_uuid:"3f0a3c8" AND "x"',
            (
                "warning[unknown-field] documents of today have the whole build_uuid alone; compare its beginning "
                "| build_uuid:3f0a3c8*"
            ),
        ),
        (
            'loglevel:"ERROR" AND "x y"',
            (
                "warning[unknown-field] documents of today have no loglevel: it stands in the message; look "
                "for it there "
                '| message:"ERROR"'
            ),
        ),
        (
            'build-name:"j" AND "x y"',
            (
                "warning[unknown-field] no document has build-name, so that this matches nothing; did you mean "
                'build_name? | build_name:"j"'
            ),
        ),
        (
            'error:"j" AND "x y"',
            (
                "warning[unknown-field] no document has error, so that this matches nothing; if it is text, put it "
                "in quotes"
            ),
        ),
        (
            'voting:1 AND "x y"',
            (
                "warning[voting] which builds vote is decided by the CI's report, never in the query; take it out (see "
                "allow-nonvoting) | "
            ),
        ),
        (
            'filename:"logs/screen-n-cpu.txt.gz" AND "x y"',
            (
                "warning[path-in-filename] documents of today have the file's bare name, without folders and "
                ".gz; leave "
                'them out | filename:"screen-n-cpu.txt"'
            ),
        ),
        (
            'filename:console.html AND "x y"',
            (
                "warning[old-console] the console of today is job-output.txt; the tag console finds it under any name "
                '| tags:"console"'
            ),
        ),
        (
            'tags:multiline AND "x y"',
            "warning[folded] documents of today are single lines, none is tagged multiline; take it out | ",
        ),
        (
            '"Traceback (most recent call last): File x"',
            (
                "warning[folded] this reaches over several lines, and documents of today are single lines: nothing is "
                "matched; write a query for each line under all_of, with same: file"
            ),
        ),
        (
            '"Traceback (most recent call last)" AND "KeyError: x"',
            (
                "warning[folded] no line of a traceback holds its first line as well, and documents of today "
                "are single "
                "lines: nothing is matched; write a query for each line under all_of, with same: file"
            ),
        ),
        (
            '"DEBUG nova.compute resumed"',
            (
                "warning[debug] DEBUG lines are left out of the logs that are searched: nothing is matched; look for "
                "another line"
            ),
        ),
        (
            'node_provider:"rax" AND "x y"',
            (
                "hint[cluster-only] only a cluster's documents have node_provider; with logs that are fetched, "
                "nothing is matched"
            ),
        ),
        (
            'build_queue:"gate" AND "x y"',
            (
                "hint[scope-in-query] the key pipelines says the same, exactly and before any log is read, and here "
                "names that only contain it are matched as well | pipelines: [gate]"
            ),
        ),
        (
            'build_name.keyword:*-py3 AND "x y"',
            None,
        ),
    ],
)
def test_what_does_not_fit_todays_documents(text: str, said: str | None) -> None:
    assert query(text) == ([f"1:9 {said}"] if said else [])


@pytest.mark.parametrize(
    "text",
    [
        'build_short_uuid:"3f0a3c8" AND "x"',
        'loglevel:"ERROR" AND module:nova.compute.manager AND "x y"',
        'filename:"logs/screen-n-cpu.txt" AND "x y"',
        'filename:logs*screen-n-cpu.txt AND "x y"',
        'tags:screen-n-cpu.txt AND "x y"',
        'filename:"console.html" AND "x y"',
        '"Traceback (most recent call last): File x"',
    ],
)
def test_what_fits_the_index_of_old(text: str) -> None:
    assert query(text, LOGSTASH_LEGACY) == []


def test_what_does_not_fit_the_index_of_old() -> None:
    assert query('filename:"screen-n-cpu.txt" AND "x y"', LOGSTASH_LEGACY) == [
        (
            "1:9 warning[bare-filename] file names have their folder before them on this index; write logs/ as well "
            '| filename:"logs/screen-n-cpu.txt"'
        )
    ]
    assert rules('node:"x" AND "x y"', LOGSTASH_LEGACY) == ["unknown-field"]


def test_a_signature_for_a_result_may_ask_for_the_file_alone() -> None:
    assert told('query: filename:"custom-job-results.txt"\nresults: NODE_FAILURE\n') == []


# -- keys


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "jobs: [tempest-.*]\n",
            [
                (
                    "2:8 warning[scope-pattern] tempest-.* is compared as it stands, only * is a pattern "
                    "there; write a "
                    "regular expression in slashes | /tempest-.*/"
                )
            ],
        ),
        (
            "jobs: ['a ']\n",
            ["2:9 error[scope-pattern] there is a blank at its end, and no name has one; take it out | a"],
        ),
        (
            "results: [failure]\n",
            [("2:11 warning[scope-pattern] the result words of CIs are in capitals, and case counts here | FAILURE")],
        ),
        (
            "results: Timed_Out\n",
            [("2:10 warning[scope-pattern] the result words of CIs are in capitals, and case counts here | TIMED_OUT")],
        ),
        (
            "results: [SUCCESS]\n",
            [
                (
                    "2:11 warning[scope-pattern] SUCCESS is no failure, and builds that did not fail are never looked "
                    "at; take it out"
                )
            ],
        ),
        (
            "jobs: ['unit-*', unit-x, '*']\n",
            [
                "2:18 hint[idle] unit-x is matched by unit-* already; take one of them out",
                "2:26 hint[idle] * is every name, as is leaving jobs out; take it out",
            ],
        ),
        (
            "capture: '(?P<token>\\S+)'\n",
            [("2:1 warning[capture] token would be shown to everybody in a comment; capture nothing that is secret")],
        ),
        (
            "capture: '(?P<x>.*)'\n",
            [
                (
                    "2:1 warning[capture] it fits even an empty line, so that it may show nothing or anything; write "
                    "words that stand beside it"
                )
            ],
        ),
        (
            "capture: 'image (?P<x>.+)'\n",
            ["2:1 hint[capture] it shows all of the line up to its end; write \\S+ for one word"],
        ),
        (
            "capture: 'image (?P<x>\\S+)'\nexamples: {match: [x y z]}\n",
            [
                (
                    "2:1 warning[capture] it finds nothing in any line of examples.match; mend it, or add a line in "
                    "which it does"
                )
            ],
        ),
        (
            "resolved_at: 2013-12-10\n",
            ["2:1 hint[stale] the bug is noted as gone; if it is, take the file out, else this line"],
        ),
        (
            "all_of: [message:z]\n",
            [
                (
                    "2:1 warning[loose] nothing says what the lines have in common, so that any lines of a build go "
                    "together; write within or same"
                )
            ],
        ),
    ],
)
def test_keys(keys: str, said: list[str]) -> None:
    assert told(f"query: '\"x y\"'\n{keys}") == said


def test_examples_that_fail() -> None:
    text = (
        'query: message:"x y" AND message:"z" AND NOT message:"w"\n'
        "examples:\n"
        "  match:\n"
        "    - x y z\n"
        "    - x y w\n"
        "  no-match:\n"
        "    - a\n"
        "    - z x y\n"
    )
    assert told(text) == [
        (
            '5:7 error[example] this example is not matched: message:"z" is not in it; message:"w" is in it, and is '
            "excluded"
        ),
        '8:7 error[example] this example is matched: message:"x y" and message:"z" are in it',
    ]


def test_an_example_shows_that_a_line_may_hold_a_whole_traceback() -> None:
    text = 'query: \'"Traceback (most recent call last)" AND "KeyError x"\'\nexamples:\n  match: ['
    line = "msg: Traceback (most recent call last), KeyError x"
    assert told(f"{text}'{line}']\n") == []
    assert len(told(f"{text}]\n")) == 1


def test_what_would_tell_more() -> None:
    [finding] = lint({"f.yaml": "query: '\"x y\"'\nadvice: fix\n"}, OPENDEV)
    assert _said(finding) == "1:1 hint[missing] title and examples would tell people more"
    assert not finding.counts


def test_compound_queries_are_looked_at_one_by_one() -> None:
    text = 'all_of:\n  - message:"x y"\n  - >-\n    message:"z"\n    tags:console\nwithin: 5s\n'
    assert told(text) == [f'5:5 error[missing-and] tags:console {MISSING_AND} | - message:"z" AND tags:console']


# -- files beside each other


def test_two_files_of_one_bug_or_one_query() -> None:
    files = {
        "d/1234.yaml": 'query: \'"a b" AND tags:"x"\'\n',
        "d/a.yaml": "query: '\"c d\"'\nbug: https://bugs.launchpad.net/nova/+bug/1234\n",
        "d/b.yaml": 'query: \'+tags:"x" +message:"A, B"\'\nbug: https://bugs.example.org/1/\n',
        "d/c.yaml": "query: '\"e f\"'\nbug: http://bugs.example.org/1\n",
        "d/d.yaml": 'query: \'"a b" AND tags:"x"\'\njobs: x\n',
    }
    found = [finding for finding in lint(files, OPENDEV) if finding.rule != "missing"]
    assert [f"{one.file}:{_said(one)}" for one in found] == [
        (
            "d/a.yaml:2:1 warning[duplicate-bug] 1234.yaml is about the same bug; write both queries into one file, "
            "joined with OR"
        ),
        "d/b.yaml:1:1 warning[duplicate-query] 1234.yaml asks for the same; keep one of the two",
        (
            "d/c.yaml:2:1 warning[duplicate-bug] b.yaml is about the same bug; write both queries into one "
            "file, joined "
            "with OR"
        ),
    ]


# -- places


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


# -- any text

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


# -- real files


def _history() -> Mapping[str, str]:
    archive = DATA / "elastic-recheck-history.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not here")
    with tarfile.open(archive) as tar:
        members = {member.name: tar.extractfile(member) for member in tar.getmembers() if member.isfile()}
        return {name: source.read().decode() for name, source in sorted(members.items()) if source}


def test_real_files_fitted_the_index_of_their_time() -> None:
    """What people wrote then and used was right, but for some slips."""
    found = [finding for finding in lint(_history(), LOGSTASH_LEGACY) if finding.counts]
    slips = {"missing-and", "no-consequence", "escaped-letter", "unknown-field", "duplicate-query"}
    assert {finding.rule for finding in found} == slips
    assert len([finding for finding in found if finding.rule != "duplicate-query"]) < 10


def test_the_live_files() -> None:
    live = DATA / "live"
    if not live.exists():
        pytest.skip(f"{live} is not here")
    texts = {path.name: path.read_text() for path in sorted(live.glob("*.yaml"))}
    found = [finding for finding in lint(texts, OPENDEV) if finding.counts]
    assert [f"{one.file}:{_said(one)}" for one in found] == [
        (
            '1449136.yaml:2:61 warning[escaped-letter] \\n is the letter n to Lucene, not a newline, so that "nNo" is '
            "looked for; take it out | "
        ),
        (
            "1739482.yaml:3:3 warning[unknown-field] documents of today have no module: it stands in the message; look "
            'for it there | message:"oslo_messaging.rpc.server"'
        ),
    ]


def test_the_starter_library_is_clean() -> None:
    texts = {path.name: path.read_text() for path in sorted(Path("signatures").glob("*.yaml"))}
    assert [_said(finding) for finding in lint(texts, OPENDEV) if finding.counts] == []
