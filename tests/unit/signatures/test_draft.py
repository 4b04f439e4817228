"""Drafts of signatures: they keep what a line tells, leave out what the next one has not, and match their own line."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerritbot_er.cleaning import clean_line
from gerritbot_er.signatures.draft import Source, draft
from gerritbot_er.signatures.example_checks import check_examples
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV
from gerritbot_er.signatures.lucene.analysis import tokens

CONSOLE = Source("job-output.txt", ("console", "console.html", "job-output.txt"))


NOWHERE = Source()


def query_of(message: str, source: Source = NOWHERE) -> str:
    text = draft(message, source)
    assert text is not None
    return (read_signature(text, "draft.yaml").query or "").strip()


def test_a_whole_draft() -> None:
    line = "OSError: [Errno 28] No space left on device: '/opt/stack/data/3f0a3c8e'"
    assert draft(line, CONSOLE) == (
        'title: "OSError: [Errno 28] No space left on device"\n'
        "# bug: https://bugs.example.org/42\n"
        "query: >-\n"
        '  message:"OSError: [Errno 28] No space left on device" AND\n'
        '  tags:"console"\n'
        "category: infra\n"
        "# advice: recheck, wait, fix, or a sentence\n"
        "examples:\n"
        "  match:\n"
        "    - {message: \"OSError: [Errno 28] No space left on device: '/opt/stack/data/3f0a3c8e'\", "
        'filename: job-output.txt, tags: [console, "console.html", "job-output.txt"]}\n'
        "  # no-match: lines that are like it and are not of this bug\n"
    ).replace('"console.html", "job-output.txt"', "console.html, job-output.txt")


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("Failed to plug VIF tap12ab34cd-ef on 10.0.0.3", 'message:"Failed to plug VIF"'),
        (
            (
                "Nov 21 09:52:57 ubuntu nova-compute[1234]: ERROR nova.compute.manager [req-3f0a3c8e demo demo] "
                "[instance: 3f0a3c8e-1111-2222-3333-444455556666] Instance failed to spawn: libvirtError: internal"
            ),
            'message:"Instance failed to spawn: libvirtError: internal"',
        ),
        ("Command exited with exit code 137 after 00:12:01", 'message:"Command exited with exit code 137 after"'),
        ("controller | fatal: [node]: FAILED! => no package", 'message:"FAILED! => no package"'),
        (
            "2013-09-27 18:25:01.724 6602 TRACE nova.api KeyError: 'x y' at https://example.org/a/b?c=1",
            "message:\"nova.api KeyError: 'x y'\"",
        ),
        ('say "no" to C:\\new \\o/', 'message:"say \\"no\\""'),
        ("waiting for *.example.org to come up", 'message:"to come up"'),
        (
            "error pulling quay.example.org/app:1: toomanyrequests: You have reached your pull rate limit.",
            'message:"error pulling" AND message:"toomanyrequests: You have reached your pull rate limit."',
        ),
        ("disk I/O error on sda", 'message:"disk I/O error on sda"'),
        ("ERROR", 'message:"ERROR"'),
        ("12:00:01 3f0a3c8e", 'message:"12:00:01"'),
        ("naïve Größe überschritten", 'message:"naïve Größe überschritten"'),
    ],
)
def test_what_is_looked_for(line: str, query: str) -> None:
    assert query_of(line) == query


@pytest.mark.parametrize(
    ("source", "clause"),
    [
        (CONSOLE, 'tags:"console"'),
        (Source("console.html", ("console", "console.html")), 'tags:"console"'),
        (Source("screen-n-cpu.txt", ("screen", "nova")), 'filename:"screen-n-cpu.txt"'),
        (Source("syslog.txt"), 'filename:"syslog.txt"'),
    ],
)
def test_the_file_is_asked_for_where_it_is_known(source: Source, clause: str) -> None:
    assert query_of("disk is full", source) == f'message:"disk is full" AND {clause}'


@pytest.mark.parametrize("line", ["", "   ", "----", "=== *** ==="])
def test_a_line_without_words_gives_nothing(line: str) -> None:
    assert draft(line, Source()) is None


LINES = st.one_of(
    st.text(max_size=120),
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "Error:", "failed", "to", "10.0.0.3", "req-3f0a3c8e", "[instance:", "a\\nb", '"q'," x:y",
                    "*", "foo*", "DEBUG", "| ", "#", "- ", "{", "é", "日本", "\U0001f600", "key=value", "12", "/a/b/c",
                    "Traceback (most recent call last):", "line 12, in foo", "\u200b", "\uffff", "2026-11-21T10",
                ]
            ),
            st.text(max_size=8),
        ),
        max_size=12,
    ).map(" ".join),
)  # fmt: skip
SOURCES = st.one_of(
    st.just(Source()),
    st.just(CONSOLE),
    st.just(Source("screen-n-cpu.txt", ("screen",))),
    st.text(max_size=9).map(Source),
)


@given(LINES, SOURCES)
@example('a "b\\', Source())
@example("yes", Source())
@example("x: y # z", Source())
@example("\ufeffa \uffff b", Source("é: #.log"))
@example("a\u0301 b\u3000c\u2028d", Source())
def test_a_draft_reads_back_and_matches_its_own_line(line: str, source: Source) -> None:
    text = draft(line, source)
    if text is None:
        assert not any(map(str.isprintable, tokens(clean_line(line, len(line)))))
        return
    signature = read_signature(text, "draft.yaml")
    [document] = signature.examples.match[0]
    assert document["message"] == clean_line(line, len(line))
    assert [check.why for check in check_examples(signature, OPENDEV) if not check.passed] == []
    if not source.filename:
        assert [check.why for check in check_examples(signature, LOGSTASH_LEGACY) if not check.passed] == []
    said = {finding.rule for finding in lint({"draft.yaml": text}, OPENDEV) if finding.counts}
    assert said <= {"too-general", "path-in-filename", "debug"}


def test_drafts_of_real_lines_are_clean() -> None:
    logs = Path("../shared/data/logs/tempest-full-e9a003e-excerpts")
    if not logs.exists():
        pytest.skip(f"{logs} is not here")
    files = [path for path in sorted(logs.rglob("*")) if path.suffix in (".txt", ".log")]
    lines = [line for path in files for line in path.read_text(errors="replace").splitlines()[:200:10]]
    texts = {str(number): text for number, line in enumerate(lines) if (text := draft(line, Source())) is not None}
    assert {one.rule for one in lint(texts, OPENDEV) if one.counts} <= {"too-general", "duplicate-query"}
