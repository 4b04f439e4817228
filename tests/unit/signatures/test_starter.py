"""The starter library: every file is whole, and its examples hold."""

import re
from pathlib import Path

import pytest

from gerritbot_er.model import Advice, Signature
from gerritbot_er.signatures.examples import example_holds
from gerritbot_er.signatures.files import read_folder, read_signature
from gerritbot_er.signatures.library import Library
from gerritbot_er.signatures.lucene import PRESETS, AnalysedDocument, compile_query, parse
from gerritbot_er.signatures.starter import starter_folder
from gerritbot_er.triage.wording import sets_off

FOLDER = Path(__file__).parents[3] / "signatures"
FILES = sorted(FOLDER.glob("*.yaml"))
TRIGGERS = (r"(?i)\brecheck\b", r"(?i)\breverify\b", r"(?i)\brun checks?\b", r"(?i)\brebuild\b")


def load(path: Path) -> Signature:
    return read_signature(path.read_text(), str(path))


def test_the_library_is_found_and_whole() -> None:
    assert starter_folder() == FOLDER
    found, problems = read_folder([starter_folder()])
    assert problems == ()
    assert sorted(found) == [path.stem for path in FILES]
    assert len(FILES) >= 10


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
    library = Library([signature])
    for example in signature.examples.match:
        assert example_holds(signature, example, library), f"no match: {example}"
    for example in signature.examples.no_match:
        assert not example_holds(signature, example, library), f"a match: {example}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_belongs_to_one_signature_alone(path: Path) -> None:
    """Two signatures that claim the same line would make two bugs of one."""
    own = load(path)
    others = [load(other) for other in FILES if other != path]
    library = Library(others)
    for example in own.examples.match:
        claimed = [other.name for other in others if example_holds(other, example, library)]
        assert claimed == [], f"{claimed} claim {example}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_queries_hold_in_a_logstash_of_old_too(path: Path) -> None:
    """Console lines are named by ``message`` alone, so they are found whatever the other fields are."""
    signature = load(path)
    matcher = compile_query(parse(signature.query or ""), PRESETS["logstash-legacy"])
    for example in signature.examples.match:
        assert any(matcher.matches(AnalysedDocument(document)) for document in example), f"no match: {example}"
