"""What a cluster gets of a failed build: the same for the same build, no line of its logs, nothing hidden."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.exported import LONGEST, Document, Exported, document
from gerritbot_er.insight.failures import FailedBuild
from gerritbot_er.logs.sightings_index import FIELDS
from gerritbot_er.model import BugFacts, Evidence, Match, Signature

LINE = Evidence("password=hunter2", "job-output.txt", 7, "https://logs.example.org/1")
BUILD = FailedBuild(
    identity="a" * 32,
    at=1_795_000_000.0,
    ci="zuul",
    job="unit",
    project="nova",
    branch="master",
    pipeline="check",
    change=4711,
    patchset=2,
    result="FAILURE",
    voting=True,
    seconds=1800,
    outcome="explained",
    matches=(Match("disk", LINE), Match("gone"), Match("net")),
    lines=(LINE,),
    line=LINE,
)
EXPORTED = Exported(BUILD, gate=True, decided_after=63.5, report="builds:x", hidden=False)
BUG = "https://bugs.example.org/2"
SIGNATURES = {
    "disk": Signature("disk", title="The disk is full", bug="https://bugs.example.org/1"),
    "net": Signature("net", bug=BUG),
}
FACTS = {BUG: BugFacts(BUG, "The net is down", "New", closed=False, fixed=False, seen_at=0.0)}


def told(exported: Exported) -> Document:
    return document(exported, SIGNATURES.get, FACTS.get, lambda name: f"https://er.example.org/build/{name[:1]}")


def test_a_document_has_every_field_of_the_index_that_is_known() -> None:
    fields = told(EXPORTED).fields
    assert fields is not None
    assert set(FIELDS) - set(fields) == {"group"}
    assert fields["@timestamp"] == "2026-11-18T11:06:40Z"
    assert fields["signatures"] == ["disk", "gone", "net"]
    assert fields["titles"] == ["The disk is full", "gone", "The net is down"]
    assert fields["bugs"] == ["https://bugs.example.org/1", "https://bugs.example.org/2"]
    assert fields["page"] == "https://er.example.org/build/a"


def test_no_line_of_a_log_leaves_us() -> None:
    assert "hunter2" not in json.dumps(told(EXPORTED).fields)


def test_the_same_build_has_the_same_id_whatever_is_known_of_it() -> None:
    later = replace(EXPORTED, build=replace(BUILD, outcome="unexplained", matches=(), group="0123456789ab"))
    assert told(later).id == told(EXPORTED).id
    other = replace(EXPORTED, build=replace(BUILD, ci="jenkins"))
    assert told(other).id != told(EXPORTED).id
    assert told(replace(EXPORTED, hidden=True)) == Document(told(EXPORTED).id, None)


def test_the_builds_of_a_report_share_what_a_gate_reset_is_counted_by() -> None:
    beside = replace(EXPORTED, build=replace(BUILD, identity="b" * 32))
    again = replace(EXPORTED, build=replace(BUILD, at=BUILD.at + 3600))
    reports = [fields["report"] for one in (EXPORTED, beside, again) if (fields := told(one).fields)]
    assert (reports[0] == reports[1], reports[0] == reports[2]) == (True, False)


@given(st.text(), st.text(max_size=50), st.text(max_size=50))
def test_f46_words_of_others_are_short_lines_that_can_be_sent(job: str, name: str, identity: str) -> None:
    build = replace(BUILD, job=job * 50, identity=identity, matches=(Match(name),))
    fields = told(replace(EXPORTED, build=build)).fields
    assert fields is not None
    words = [fields["job"], fields["build"], *fields["signatures"]]  # type: ignore[misc]
    assert all(isinstance(one, str) and len(one) <= LONGEST and "\n" not in one for one in words)
    json.dumps(fields).encode()
