"""What parses what others wrote: each target takes any bytes, and may raise nothing but the errors it is known for."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from gerritbot_er.builds.jenkins import from_answer
from gerritbot_er.builds.zuul import from_buildset
from gerritbot_er.chat.gate import line
from gerritbot_er.ci import read_report
from gerritbot_er.cleaning import clean, clean_line, clean_name
from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.gerrit import events_log, history, rest_history
from gerritbot_er.gerrit.events import Lines, MalformedEvent, parse_event
from gerritbot_er.http_client.decoding import decoded
from gerritbot_er.logs import answer, layouts
from gerritbot_er.logs.documents import Reader, documents
from gerritbot_er.logs.failed_tests.cluster import read_answer
from gerritbot_er.logs.failed_tests.console import failed_in_console
from gerritbot_er.logs.failed_tests.junit_file import failed_in_junit
from gerritbot_er.logs.failed_tests.subunit_file import failed_in_subunit
from gerritbot_er.logs.fetch_listing import links
from gerritbot_er.model import Change, CIReport, CommentAdded, ReportedBuild
from gerritbot_er.settings import CI
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.lucene.evaluate import compile_query
from gerritbot_er.signatures.lucene.fields import OPENDEV
from gerritbot_er.signatures.lucene.parser import parse
from gerritbot_er.signatures.lucene.query_error import QueryError
from gerritbot_er.triage.cases import builds_of, case_key
from gerritbot_er.triage.masking import masked
from gerritbot_er.typed_yaml import YamlProblems

from .bending import bent

ZUUL = CI(name="zuul", kind="zuul", account="zuul", log_store="logs")
JENKINS = CI(name="jenkins", kind="jenkins", account="jenkins", log_store="logs")
CHANGE = Change(11, "acme/widgets", "main", "https://review.example.org/11", "Keep the widget")
BUILD = ReportedBuild("unit", "FAILURE", "a" * 32, "https://zuul.example.org/t/example/build/" + "a" * 32)
REPORT = CIReport("zuul", CHANGE, 1, 1_700_000_000, (BUILD,), failed=True, digest="0")
PAGES = "https://zuul.example.org/t/example"

EVENT = {
    "author": {"username": "zuul"},
    "comment": "Patch Set 1:\n\nBuild failed.",
    "patchSet": {"number": 1},
    "change": {
        "project": "acme",
        "branch": "main",
        "number": 11,
        "url": "u",
        "subject": "s",
        "owner": {},
        "status": "NEW",
    },
    "type": "comment-added",
    "eventCreatedOn": 1_700_000_000,
}
ROW = {
    "number": 11,
    "project": "acme",
    "open": True,
    "lastUpdated": 1_700_000_000,
    "comments": [{"timestamp": 1, "reviewer": {"username": "zuul"}, "message": "Patch Set 1:\n\nBuild failed."}],
    "currentPatchSet": {"number": 2, "createdOn": 1_700_000_000},
}
INFO = {
    "_number": 11,
    "project": "acme",
    "updated": "2026-11-21 09:00:00.000000000",
    "messages": [
        {"id": "a", "date": "2026-11-21 09:00:00.000000000", "author": {}, "message": "m", "_revision_number": 1}
    ],
    "current_revision": "f",
    "revisions": {"f": {"_number": 1, "created": "2026-11-21 09:00:00.000000000"}},
}
HITS = {"hits": {"hits": [{"_source": {"message": "m", "filename": "f", "build_change": "11", "build_patchset": "1"}}]}}
BUCKET = {"key": "a", "doc_count": 3, "console": {"doc_count": 1}, "owner": HITS, "first": HITS}
FOUND = {
    "timed_out": False,
    "_shards": {"total": 2, "successful": 2, "failed": 0, "failures": [{"reason": {"type": "t", "reason": "r"}}]},
    "aggregations": {
        "builds": {"buckets": [BUCKET]},
        "signatures": {"buckets": {"0": {"builds": {"buckets": [BUCKET]}}, "1": {"builds": {"buckets": []}}}},
    },
}
LINES = {"hits": {"hits": [{"_source": {"test_name": "a.B.test_c", "message": "FAIL: a.B.test_c"}}]}}
TESTS = {"builds": {"buckets": [{"key": "a", "named": {"doc_count": 1, "first": LINES}, "any": LINES}]}}
TESTED = FOUND | {"aggregations": {"results": TESTS, "consoles": TESTS}}
VALID = {"_shards": {"total": 1}, "valid": False, "explanations": [{"error": "no"}]}
FIELDS = {"indices": ["logs-1"], "fields": {"message": {"text": {}}, "build_uuid": {"keyword": {}, "unmapped": {}}}}
BUILDSET = {
    "refs": [{"change": 11, "patchset": "1"}],
    "builds": [
        {"uuid": "a" * 32, "job_name": "unit", "result": "FAILURE", "end_time": "2026-11-21T09:00:00", "log_url": "u"},
        {
            "uuid": "b" * 32,
            "job_name": "unit",
            "result": "RETRY",
            "final": False,
            "ref": {"change": 11},
            "voting": True,
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Target:
    """``errors`` are the ones that the function's own docstring names."""

    name: str
    feed: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = ()

    def try_(self, data: bytes) -> None:
        """Feed it; whatever else is raised is a fault."""
        try:
            self.feed(data)
        except self.errors:
            return


def _stream(data: bytes) -> None:
    for found in Lines().feed(data + b"\n"):
        parse_event(found)


def _comment(data: bytes, ci: CI) -> None:
    comment = CommentAdded(CHANGE, 1, ci.account, clean(_text(data)), 1_700_000_000)
    report = read_report(comment, ci)
    if report is not None:
        case_key(report)
        builds_of(report)


def _query(data: bytes) -> None:
    query, _, message = _text(data).partition("\n")
    compile_query(parse(query), OPENDEV).matches({"message": message, "tags": ["console"]})


def _field_problems(body: object) -> object:
    return answer.field_problems(body, layouts.OPENDEV, "logs-*")


def _cluster(body: object) -> None:
    answer.readiness(body, ["a"])
    answer.matches(body, 2)


def _zuul(body: object) -> None:
    if isinstance(body, dict):
        from_buildset(body, REPORT, PAGES)


def _jenkins(body: object) -> None:
    if isinstance(body, dict):
        from_answer(BUILD, body, None)


def _event(body: object) -> None:
    parse_event(json.dumps(body).encode())


def _history(body: object) -> None:
    rows, _ = history.read_page(b"\n".join(json.dumps(row).encode() for row in _list(body)))
    history.to_events(rows)


def _rest(body: object) -> None:
    for row in rest_history.read_infos(body)[0]:
        history.to_history(rest_history.as_row(row, "https://review.example.org", rest_history.read_remarks({})))


def _list(body: object) -> list[object]:
    return body if isinstance(body, list) else [body]


def _logs(data: bytes) -> None:
    for _ in documents([data], Reader({"build_uuid": "a"}, year=2026)):
        pass


def _subunit(data: bytes) -> None:
    """As it is, and as one packet whose length and check sum are right: without those no other byte is looked at."""
    failed_in_subunit([data[:9], data[9:]])
    flags, body = data[:2].ljust(2, b"\0"), data[2:10_000]
    packet = b"\xb3" + flags + (len(body) + 9 | 0x4000).to_bytes(2) + body
    failed_in_subunit([packet + zlib.crc32(packet).to_bytes(4)])


def _packed(data: bytes) -> None:
    for _ in decoded([data[:7], data[7:]], ("", "gzip", "deflate")[len(data) % 3]):
        pass


def _words(data: bytes) -> None:
    text = _text(data)
    clean(text).encode()
    clean_line(text, 80).encode()
    clean_name(text).encode()
    masked(clean_line(text, 400))
    line("bot", "#ci", text)


def _bending(document: object, feed: Callable[[object], object]) -> Callable[[bytes], object]:
    return lambda data: feed(bent(document, data))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


TARGETS = (
    Target("stream", _stream, (MalformedEvent,)),
    Target("event", _bending(EVENT, _event), (MalformedEvent,)),
    Target("history", _bending([ROW, {"type": "stats", "rowCount": 1}], _history), (MalformedEvent, Transient)),
    Target("rest", _bending([INFO], _rest), (MalformedEvent, Transient)),
    Target("events-log", events_log.read_page, (MalformedEvent, Transient)),
    Target("zuul-comment", lambda data: _comment(data, ZUUL)),
    Target("jenkins-comment", lambda data: _comment(data, JENKINS)),
    Target("signature", lambda data: read_signature(_text(data), "a.yaml"), (YamlProblems,)),
    Target("query", _query, (QueryError,)),
    Target("cluster", _bending(FOUND, _cluster), (Transient,)),
    Target("cluster-valid", _bending(VALID, answer.validity), (Transient,)),
    Target("cluster-fields", _bending(FIELDS, _field_problems), (Transient,)),
    Target("cluster-tests", _bending(TESTED, read_answer), (Transient,)),
    Target("subunit", _subunit),
    Target("junit", lambda data: failed_in_junit([data[:9], data[9:]])),
    Target("tests-in-console", lambda data: failed_in_console([data[:9], data[9:]])),
    Target("zuul-api", _bending(BUILDSET, _zuul)),
    Target("jenkins-api", _bending({"result": "FAILURE", "timestamp": 1_700_000_000_000, "duration": 7}, _jenkins)),
    Target("logs", _logs),
    Target("packed", _packed, (Permanent, Transient)),
    Target("index-page", lambda data: links(_text(data), "https://logs.example.org/a/")),
    Target("words", _words),
)

SEEDS: dict[str, tuple[bytes, ...]] = {
    "stream": (json.dumps({"type": "comment-added", "change": {"number": 1}, "eventCreatedOn": 1}).encode(),),
    "zuul-comment": (
        b"Patch Set 1: Verified-1\n\nBuild failed (check pipeline).\nhttps://z.example.org/t/x/buildset/" + b"f" * 32,
        b"Build failed.\n\n- unit https://z.example.org/t/x/build/"
        + b"a" * 32
        + b" : FAILURE in 1m 01s (non-voting)\n",
    ),
    "jenkins-comment": (b"Patch Set 1: Verified-1\n\nBuild Failed \n\nhttps://j.example.org/job/unit/7/ : FAILURE",),
    "query": (b'message:("a b" NOT c*) AND tags:[1 TO 2} OR /x.y/\nan a b line',),
    "signature": (b'query: >-\n  message:"x"\ntitle: a\njobs: [a, /b/]\nexamples: {match: [x]}\n',),
    "subunit": (
        b"\xb3\x29\x06\x0d\x04test\xa2,\xb0\xbf",
        b"\x29\x06\x04test",
    ),
    "junit": (b"<testsuite><testcase classname='a.B' name='test_c'><failure/></testcase></testsuite>",),
    "tests-in-console": (
        b"2026-11-21 09:00:00.1 | n | {0} a.B.C.test_d [0.1s] ... FAILED\nFAILED a/b.py::test_c - x\n",
    ),
    "packed": (b"\x1f\x8b\x08\0\0\0\0\0\0\3", b"x\x9c\3\0\0\0\0\1"),
}
"""What the targets' bytes look like, for a fuzzer to begin with."""
