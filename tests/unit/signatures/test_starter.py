"""The starter library: every file is whole, and its examples hold."""

import gzip
import re
from pathlib import Path

import pytest

from gerritbot_er.logs.scan import Scanner
from gerritbot_er.model import Advice, Example, Signature
from gerritbot_er.signatures.files import read_folder, read_signature
from gerritbot_er.signatures.lucene import PRESETS, AnalysedDocument, compile_query, parse
from gerritbot_er.signatures.parts import Role, parts_of
from gerritbot_er.signatures.starter import starter_folder
from gerritbot_er.triage.comment_parts import sets_off

FOLDER = Path(__file__).parents[3] / "signatures"
FILES = sorted(FOLDER.glob("*.yaml"))
TRIGGERS = (r"(?i)\brecheck\b", r"(?i)\breverify\b", r"(?i)\brun checks?\b", r"(?i)\brebuild\b")


GATE_LOGS = Path(__file__).parents[4] / "shared" / "data" / "logs"


def load(path: Path) -> Signature:
    return read_signature(path.read_text(), str(path))


def found_in(example: Example, scanner: Scanner) -> list[str]:
    """The signatures that find an example whose lines are the only ones of their file."""
    search = scanner.search({"build_status": "FAILURE"}, 2026)
    file = str(example[0]["filename"])
    text = "\n".join(str(document["message"]) for document in example)
    found = [*search.file(file, file, [text.encode()]), *search.end()]
    return sorted(each.signature for each in found)


def test_the_library_is_found_and_whole() -> None:
    assert starter_folder() == FOLDER
    found, problems = read_folder([starter_folder()])
    assert problems == ()
    assert sorted(found) == [path.stem for path in FILES]
    assert len(FILES) == 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_says_what_people_need(path: Path) -> None:
    signature = load(path)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", signature.name)
    assert signature.title
    assert not signature.title.endswith(".")
    assert signature.category
    assert signature.advice
    assert signature.examples.match
    assert signature.examples.no_match
    assert not sets_off(signature.title, TRIGGERS)
    assert signature.advice in list(Advice) or not sets_off(signature.advice, TRIGGERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_examples_hold(path: Path) -> None:
    signature = load(path)
    scanner = Scanner([signature])
    for example in signature.examples.match:
        assert found_in(example, scanner) == [signature.name], f"no match: {example}"
    for example in signature.examples.no_match:
        assert found_in(example, scanner) == [], f"a match: {example}"


def test_an_example_belongs_to_one_signature_alone() -> None:
    """Two signatures that claim the same line would make two bugs of one."""
    signatures = [load(path) for path in FILES]
    assert signatures
    scanner = Scanner(signatures)
    for signature in signatures:
        for example in signature.examples.match:
            assert found_in(example, scanner) == [signature.name], f"claimed by others: {example}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_queries_hold_in_a_logstash_of_old_too(path: Path) -> None:
    """Console lines are named by ``message`` alone, so they are found whatever the other fields are."""
    signature = load(path)
    for part in parts_of(signature):
        matcher = compile_query(parse(part.query), PRESETS["logstash-legacy"])
        for example in signature.examples.match if part.role is Role.ALL else ():
            assert any(matcher.matches(AnalysedDocument(document)) for document in example), f"no match: {example}"


@pytest.mark.skipif(not GATE_LOGS.is_dir(), reason="needs ../shared/data (whole logs of real builds)")
def test_nothing_is_found_in_logs_of_builds_that_failed_of_something_else() -> None:
    search = Scanner(load(path) for path in FILES).search({"build_status": "FAILURE"}, 2014)
    for path in sorted(GATE_LOGS.glob("*.gz")):
        assert list(search.file(path.name, path.name, [gzip.decompress(path.read_bytes())])) == []
    assert list(search.end()) == []
