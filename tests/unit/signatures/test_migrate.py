"""elastic-recheck's files for logs of one document per line: what they become, and what is told of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.migrate.files import Outcome, migrate
from gerritbot_er.signatures.migrate.notes import CannotCarry
from gerritbot_er.signatures.migrate.query import Carried, carry_over

FOLDED = """\
# Keep this one: the bug comes back with every release.
query: >
  message:"Exit code: 5"
  AND message:" sudo cinder-rootwrap lvremove -f"
  AND filename:"logs/screen-c-vol.txt"
  AND voting:1
suppress-graph: true
resolved_at: "Tue Dec 10 12:08:42 EST 2013"
"""
LINES = """\
# Keep this one: the bug comes back with every release.
all_of:
  - >-
    message:"Exit code: 5" AND filename:"screen-c-vol.txt"
  - >-
    message:" sudo cinder-rootwrap lvremove -f" AND filename:"screen-c-vol.txt"
same: file
within: 100 lines
suppress-graph: true
resolved_at: "Tue Dec 10 12:08:42 EST 2013"
"""


def test_all_but_the_query_stays_as_it_is() -> None:
    migrated = migrate(FOLDED, "1191960.yaml")
    assert migrated.outcome is Outcome.MENDED
    assert migrated.text == LINES
    assert [f"{remark.line}:{remark.column}: {remark.message}" for remark in migrated.remarks] == [
        "3:11: these messages may stand in lines of their own today: 2 queries, for lines at most 100 apart",
        '5:16: filename holds the bare name today; it is asked for "screen-c-vol.txt"',
        "6:14: whether a build votes is read in the CI's report, not in its logs; left out",
    ]
    signature = read_signature(migrated.text, "1191960.yaml", "https://bugs.example.org/{bug}")
    assert signature.bug == "https://bugs.example.org/1191960"
    assert signature.suppress_graph


def test_what_needs_no_change_stays_byte_for_byte() -> None:
    text = 'query:   message:"a"  and   tags:"console"\r\ntest_ids: [x]\r\n'
    assert migrate(text, "1.yaml").text == text
    assert migrate(LINES, "1.yaml").text == LINES


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        # names of files
        ('"a" AND filename:"console.html"', 'message:"a" AND tags:"console"'),
        ('"a" AND filename:"logs/x/syslog.txt.gz"', 'message:"a" AND filename:"syslog.txt"'),
        ('"a" AND filename:logs*screen-n-cpu.txt', 'message:"a" AND filename.keyword:*screen-n-cpu.txt'),
        ('"a" AND filename:logs/screen-n-*', 'message:"a" AND filename.keyword:screen-n-*'),
        ('"a" AND filename:logs/*', 'message:"a"'),
        (
            '"a" AND filename:cons*',
            'message:"a" AND (filename.keyword:cons* OR filename.keyword:"job-output.txt")',
        ),
        ('"a" AND tags:"tempest.txt"', 'message:"a" AND (tags:"tempest.txt" OR tags:"tempest_log.txt")'),
        (
            '"a" AND NOT filename:"console.html"',
            'message:"a" AND NOT (filename.keyword:"console.html" OR filename.keyword:"job-output.txt")',
        ),
        # values that were exact
        ('"a" AND tags:screen-n-cpu.txt', 'message:"a" AND tags:"screen-n-cpu.txt"'),
        ('"a" AND build_name:*-grenade-*', 'message:"a" AND build_name.keyword:*-grenade-*'),
        ('"a" AND NOT build_queue:"check"', 'message:"a" AND NOT build_queue.keyword:"check"'),
        ("project:openstack/cinder AND a", 'project:"openstack/cinder" AND message:a'),
        ("project:openstack/* AND a", "project.keyword:openstack\\/* AND message:a"),
        # fields
        ('@message:"a" AND @fields.build_queue:"gate"', 'message:"a" AND build_queue:"gate"'),
        ('"a" AND build-name:"x"', 'message:"a" AND build_name:"x"'),
        ('"a" AND filename.raw:"job-output.txt"', 'message:"a" AND filename.keyword:"job-output.txt"'),
        ('"a" AND build_short_uuid:"4f440b7"', 'message:"a" AND build_uuid.keyword:4f440b7*'),
        ('"a" AND build_status:"FAILURE"', 'message:"a" AND NOT build_status.keyword:"SUCCESS"'),
        ('"a" AND NOT build_status:"FAILURE"', 'message:"a" AND build_status.keyword:"SUCCESS"'),
        ('"a" AND (voting:1)', 'message:"a"'),
        ('"a" AND tags:"syslog" AND syslog_program:"x-y"', 'message:"a" AND tags:"syslog" AND message:"x-y"'),
        ('"a" AND tags:"multiline"', 'message:"a"'),
        ('"a" AND build_queue:(x y) AND voting:1', 'message:"a" AND build_queue:"x y"'),
        # what stands beside that counts for nothing
        ('"a" AND filename:"logs/b.txt" c', 'message:"a" AND filename:"b.txt"'),
    ],
)
def test_one_line(query: str, mended: str) -> None:
    assert carry_over(query).queries == (mended,)
    if " OR " not in mended:  # a file of which each name is asked for has them all already
        assert carry_over(mended) == Carried((), ())


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ('"a" AND "b" AND tags:"console"', ()),
        ('("a" OR "b") AND tags:"x"', ()),
        ('"a" AND "b"', ('message:"a"', 'message:"b"')),
        (
            '"a" AND ("b" OR ("c" AND "d")) AND NOT "e" AND tags:"x"',
            (
                'message:"a" AND NOT message:"e" AND tags:"x"',
                '(message:"b" OR message:"c") AND NOT message:"e" AND tags:"x"',
                '(message:"b" OR message:"d") AND NOT message:"e" AND tags:"x"',
            ),
        ),
        (
            '("a" AND "b" AND tags:"x") OR ("c" AND "d" AND tags:"console")',
            (
                '(message:"a" AND tags:"x") OR (message:"c" AND message:"d" AND tags:"console")',
                '(message:"b" AND tags:"x") OR (message:"c" AND message:"d" AND tags:"console")',
            ),
        ),
        (
            '"a" AND loglevel:"ERROR" AND module:"nova.compute.manager"',
            ('message:"a"', 'message:"ERROR nova.compute.manager"'),
        ),
        (
            '"first\nsecond" AND tags:"console"',
            ('message:"first" AND tags:"console"', 'message:"second" AND tags:"console"'),
        ),
        (
            '"Traceback (most recent call last): File \\"x.py\\", line 7, in run raise Error"',
            (
                'message:"Traceback (most recent call last):"',
                'message:"File \\"x.py\\", line 7, in run"',
                'message:"raise Error"',
            ),
        ),
    ],
)
def test_events_that_were_folded(query: str, parts: tuple[str, ...]) -> None:
    assert carry_over(query).queries == parts


@pytest.mark.parametrize(
    ("query", "at", "why"),
    [
        (
            '"a" AND build_nme:"x"',
            18,
            "no document of today has a field build_nme; is build_name meant?",
        ),
        ('"a" AND type:"jenkins"', 13, "no document of today has a field type; ask for words of the message instead"),
        (
            '"a" AND NOT loglevel:"INFO"',
            21,
            (
                "loglevel is a word among others of the message today, so that it cannot be ruled out; "
                "rule out words that only the unwanted lines hold"
            ),
        ),
        (
            '"a" OR voting:1',
            0,
            "what is left of this query today would match whole files; ask for words of the message",
        ),
        ('"---"', 0, "no clause of this query holds a word, so that it finds nothing; write what a line holds"),
        (
            "filename:/log.*/ AND a",
            9,
            "filename holds the bare name of the file today; name the file in quotes",
        ),
        (
            " AND ".join(f'"{n}"' for n in range(30)),
            0,
            "this asks for more than 20 lines of one event; ask for fewer of them",
        ),
        ("build_change:abc", 0, 'the index of today refuses it: "abc" is no number, and the field holds numbers'),
    ],
)
def test_what_cannot_be_carried(query: str, at: int, why: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        carry_over(query)
    assert (refused.value.note.at, refused.value.note.message) == (at, why)


def test_a_file_that_is_refused_says_where() -> None:
    migrated = migrate('query: >\n  message:"a" AND\n  message:[ERROR]\n', "1.yaml")
    assert (migrated.outcome, migrated.text) == (Outcome.REFUSED, "")
    assert [f"{remark.line}:{remark.column}: {remark.message}" for remark in migrated.remarks] == [
        "3:11: [ opens a range, which is written [low TO high]; quote a bracket that is meant literally"
    ]
    assert migrate("query: a\nqueri: b\n", "1.yaml").remarks[0].line == 2
    assert migrate('{query: "a AND filename:logs/*"}', "1.yaml").remarks[0].message == (
        "the query cannot be replaced where it stands; write it as a block below a line query: >-"
    )


def test_bare_words_within_not_stay_together() -> None:
    assert carry_over('"a" AND NOT (x y) AND voting:1').queries == ('message:"a" AND NOT (x y)',)


def test_a_not_that_finds_more_is_told_and_kept() -> None:
    migrated = migrate('query: message:"a" AND NOT message:"b" AND tags:"screen-x.txt"\n', "1.yaml")
    assert migrated.outcome is Outcome.UNCHANGED
    assert [(remark.column, remark.message) for remark in migrated.remarks] == [
        (36, "this NOT ruled out whole folded events, and rules out single lines now; it finds more than it did")
    ]


def test_an_and_that_seems_to_be_missing_is_told_and_left_out_still() -> None:
    migrated = migrate('query: message:"a" tags:console\n', "1.yaml")
    assert migrated.outcome is Outcome.UNCHANGED
    assert [(remark.column, remark.message) for remark in migrated.remarks] == [
        (25, "this alone is enough, as it was: each line of such a file is matched; is an AND missing before it?")
    ]


@given(st.text(alphabet='ab "()/:\\AND-ORT*\n?~[]', max_size=40))
def test_every_query_is_carried_or_refused_with_a_reason(query: str) -> None:
    text = "query: " + '"' + query.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"\n'
    migrated = migrate(text, "1.yaml")
    assert migrated.outcome is not Outcome.REFUSED or migrated.remarks
    if migrated.outcome is not Outcome.REFUSED:
        read_signature(migrated.text, "1.yaml")
