"""Lint: the other keys of a file, its examples, and files beside each other."""

import pytest

from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lucene import OPENDEV

from .remarked import MISSING_AND, said_of, told

REST = "title: t\nadvice: fix\nexamples: {match: []}\n"


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
    assert said_of(finding) == "1:1 hint[missing] title and examples would tell people more"
    assert not finding.counts


def test_compound_queries_are_looked_at_one_by_one() -> None:
    text = 'all_of:\n  - message:"x y"\n  - >-\n    message:"z"\n    tags:console\nwithin: 5s\n'
    assert told(text) == [f'5:5 error[missing-and] tags:console {MISSING_AND} | - message:"z" AND tags:console']


def test_two_files_of_one_bug_or_one_query() -> None:
    files = {
        "d/1234.yaml": 'query: \'"a b" AND tags:"x"\'\n',
        "d/a.yaml": "query: '\"c d\"'\nbug: https://bugs.launchpad.net/nova/+bug/1234\n",
        "d/b.yaml": 'query: \'+tags:"x" +message:"A, B"\'\nbug: https://bugs.example.org/1/\n',
        "d/c.yaml": "query: '\"e f\"'\nbug: http://bugs.example.org/1\n",
        "d/d.yaml": 'query: \'"a b" AND tags:"x"\'\njobs: x\n',
    }
    found = [finding for finding in lint(files, OPENDEV) if finding.rule != "missing"]
    assert [f"{one.file}:{said_of(one)}" for one in found] == [
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
