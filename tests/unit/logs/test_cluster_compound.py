"""Compound signatures in a cluster: whose files are read, which ones, and what stays undecided; without a server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gerritbot_er.logs import answer, question
from gerritbot_er.logs.answer import Files
from gerritbot_er.logs.cluster_compound import NO_LOGS, NO_PLACE, NO_READER, ToRead, to_read, together, with_compounds
from gerritbot_er.logs.layouts import OPENDEV
from gerritbot_er.model import Build, BuildAnswer, Compound, Evidence, Match, Signature, Within

BUILD = Build("b", "unit", "FAILURE", "zuul", "p", "main", 1, 1, 0, log_urls=("https://logs.example.org/b/",))
BOTH = Signature("both", compound=Compound(("a", "b")))
NONE = Signature("none", compound=Compound(("a", "b"), none_of=("c",)))
ALTERNATIVES = Signature("any", compound=Compound(("a",), ("b", "c")))
FILE = Signature("file", compound=Compound(("a", "b"), none_of=("c",), same=("file",)))
LINES = Signature("lines", compound=Compound(("a", "b"), within=Within(lines=3)))
MANY = Files(frozenset(f"{number}.log" for number in range(10)), more=True)


def names(signature: Signature, *files: Files, partial: bool = False) -> list[str] | None:
    """The files to read, none at all where the signature cannot match; None where it is undecided."""
    found = to_read([(signature, files)], partial=partial)
    assert bool(found.signatures) is bool(found.names)
    return None if found.notes else sorted(found.names)


def files(*names: str) -> Files:
    return Files(frozenset(names))


def test_every_entry_needs_a_file() -> None:
    assert names(BOTH, files("x"), files("y", "z")) == ["x", "y", "z"]
    assert names(BOTH, files("x"), files()) == []
    assert names(ALTERNATIVES, files("x"), files(), files("y")) == ["x", "y"]
    assert names(ALTERNATIVES, files("x"), files(), files()) == []


def test_what_must_not_be_there_is_read_as_well() -> None:
    assert names(NONE, files("x"), files("y"), files("z")) == ["x", "y", "z"]
    assert names(NONE, files("x"), files("y"), files()) == ["x", "y"]
    assert names(NONE, files("x"), files("y"), MANY) is None


def test_lines_of_one_file_need_a_file_that_has_all() -> None:
    assert names(FILE, files("x", "y"), files("y", "z"), files("w")) == ["y"]
    assert names(FILE, files("x"), files("y"), files("w")) == []
    assert names(LINES, MANY, files("0.log", "7.log")) == ["0.log", "7.log"]
    assert names(LINES, MANY, MANY) is None


def test_too_many_files_are_not_read() -> None:
    ten = files(*map(str, range(10)))
    assert names(BOTH, ten, ten) == sorted(ten.names)
    assert names(BOTH, ten, files("another")) is None
    assert names(BOTH, files("x"), MANY) is None
    assert to_read([(BOTH, [files("x"), MANY])], partial=False).notes == (
        "signature both is undecided: its parts have lines in more than 10 files",
    )


def test_what_was_not_searched_may_forbid_it() -> None:
    assert names(NONE, files("x"), files("y"), files(), partial=True) is None
    assert names(BOTH, files("x"), files("y"), partial=True) == ["x", "y"]


def test_attempts_are_read_together() -> None:
    first, second = ToRead((BOTH,), frozenset("x"), ("n",)), ToRead((BOTH, NONE), frozenset("y"), ("n",))
    assert together([first, second]) == ToRead((BOTH, NONE), frozenset("xy"), ("n",))
    assert together([]) == ToRead()


@dataclass
class Reader:
    """Says the same of every build, and remembers what it was asked."""

    says: BuildAnswer
    asked: list[tuple[str, list[str], list[str]]] = field(default_factory=list)

    def match_files(self, signatures: Sequence[Signature], build: Build, names: Iterable[str]) -> BuildAnswer:
        self.asked.append((build.identity, [one.name for one in signatures], sorted(names)))
        return self.says


def joined(reader: Reader | None, build: Build = BUILD, *notes: str) -> BuildAnswer:
    cluster = BuildAnswer((Match("plain"),), changes=frozenset({(1, 1)}))
    wanted = {"b": (build, ToRead((BOTH,), frozenset("xy"), notes))}
    return with_compounds({"b": cluster, "c": BuildAnswer()}, wanted, reader)["b"]


def test_what_the_files_tell_is_added() -> None:
    match = Match("both", Evidence("a", "x", 1), (Evidence("b", "y", 2),))
    reader = Reader(BuildAnswer((match,)))
    assert joined(reader) == BuildAnswer((Match("plain"), match), changes=frozenset({(1, 1)}))
    assert reader.asked == [("b", ["both"], ["x", "y"])]


def test_what_cannot_be_read_is_undecided_and_said() -> None:
    undecided = "signature both is undecided: "
    gone = joined(Reader(BuildAnswer(absent=True)))
    assert (gone.partial, gone.absent, gone.notes) == (True, False, (undecided + NO_LOGS,))
    nowhere = joined(Reader(BuildAnswer()), replace(BUILD, log_urls=()))
    assert (nowhere.partial, nowhere.notes) == (True, (undecided + NO_PLACE,))
    nobody = joined(None)
    assert (nobody.partial, nobody.notes) == (True, (undecided + NO_READER,))
    cut = joined(Reader(BuildAnswer(partial=True, notes=("x: too large",))), BUILD, "another is undecided")
    assert (cut.partial, cut.notes) == (True, ("another is undecided", "x: too large"))


# -- question and answer ---------------------------------------------------------------------------------------------


def test_the_one_request_asks_for_lines_of_queries_and_files_of_parts() -> None:
    body = question.match(OPENDEV, ["q"], ["b" * 32], 10.0, ["p", "r"])
    aggs = body["aggs"]
    assert isinstance(aggs, dict)
    assert list(aggs["signatures"]["filters"]["filters"]) == ["0"]
    assert aggs["parts"] == {
        "filters": {"filters": {"0": {"query_string": {"query": "p"}}, "1": {"query_string": {"query": "r"}}}},
        "aggs": {
            "builds": {
                "terms": {"field": "build_uuid.keyword", "size": 1},
                "aggs": {"files": {"terms": {"field": "filename.keyword", "size": 11}}},
            }
        },
    }
    assert "parts" not in str(question.match(OPENDEV, ["q"], ["b" * 32], 10.0))


def test_buckets_of_files_are_counted() -> None:
    builds = {str(number): (f"{number:032x}",) for number in range(500)}
    requests = list(question.parts(builds, 0, 1000))
    buckets = max(1000 * len(part) * (question.MOST_FILES + 2) for part in requests)
    assert sum(map(len, requests)) == 500
    assert buckets <= 65_535


def test_the_answer_s_files() -> None:
    def bucket(*found: str) -> dict[str, object]:
        return {"key": "b" * 32, "doc_count": 1, "files": {"buckets": [{"key": name} for name in found]}}

    body = {
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "aggregations": {
            "builds": {"buckets": []},
            "parts": {
                "buckets": {
                    "0": {"builds": {"buckets": [bucket("x", "logs/y")]}},
                    "1": {"builds": {"buckets": [bucket(*map(str, range(11)))]}},
                    "2": {"builds": {"buckets": [bucket()]}},
                    "3": {"builds": {"buckets": []}},
                }
            },
        },
    }
    found = answer.matches(body, 0, 4).files
    assert found[0] == {"b" * 32: files("x", "y")}
    assert (len(found[1]["b" * 32].names), found[1]["b" * 32].more) == (10, True)
    assert found[2] == {"b" * 32: Files(more=True)}
    assert found[3] == {}
