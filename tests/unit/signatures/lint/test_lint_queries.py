"""Lint: queries that cannot be read, and those that match too much, too little or nothing."""

import pytest

from .remarked import MISSING_AND, told


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
