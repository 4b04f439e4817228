"""The JSON Schema of signature files: what it takes the reader takes, and what it refuses the reader refuses."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gerritbot_er.signatures.file_format import SignatureFile
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.schema import signature_schema
from gerritbot_er.typed_yaml import YamlProblems

ARCHIVE = Path("../shared/data/signatures/elastic-recheck-history.tar.gz")
SCHEMA = signature_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


class _Plain(yaml.SafeLoader):
    """As editors read YAML: a date is text."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str) -> Any:  # noqa: ANN401 - any YAML
    return yaml.load(text, _Plain)  # noqa: S506 - a safe loader


def test_it_is_a_schema_of_its_dialect() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_says_what_it_is_for() -> None:
    described = {key: part["description"] for key, part in SCHEMA["properties"].items()}
    fields = {name.replace("_", "-") if "allow" in name or "suppress" in name else name for name in _fields()}
    assert set(described) == fields
    assert all(text.endswith(".") and "\n" not in text for text in described.values())
    assert described["within"] == "How far apart the lines may be, the first from the last: 5s, 2m, 1h or 20 lines."


def _fields() -> list[str]:
    return list(SignatureFile.__dataclass_fields__)


def test_real_files_are_valid() -> None:
    if not ARCHIVE.exists():
        pytest.skip(f"{ARCHIVE} is not here")
    with tarfile.open(ARCHIVE) as tar:
        sources = [tar.extractfile(member) for member in tar.getmembers() if member.isfile()]
        texts = [source.read().decode() for source in sources if source]
    wrong = [error.message for text in texts for error in VALIDATOR.iter_errors(load(text))]
    assert (wrong, len(texts)) == ([], 754)


def test_the_starter_library_is_valid() -> None:
    paths = sorted(Path("signatures").glob("*.yaml"))
    assert paths
    for path in paths:
        assert [error.message for error in VALIDATOR.iter_errors(load(path.read_text()))] == [], path


TEXTS = st.sampled_from(["a", "message:x", "*", "/a.*/", "file", "x y"])
LISTS = st.one_of(TEXTS, st.lists(TEXTS, max_size=2))
ANY = st.one_of(st.none(), st.booleans(), st.just(3), st.just(""), st.just([3]), st.just({"a": "b"}), TEXTS)
LINES = st.one_of(TEXTS, st.just({"message": "x"}), st.lists(TEXTS, max_size=2), st.just(3))
GOOD: dict[str, st.SearchStrategy[object]] = {
    "query": TEXTS,
    "all_of": LISTS,
    "any_of": LISTS,
    "none_of": LISTS,
    "within": st.sampled_from(["5s", "1.5m", "20 lines", "1 line", "5", "s", "20  lines", "5s "]),
    "ordered": st.booleans(),
    "title": st.sampled_from(["t", "t" * 200, "t" * 201]),
    "bug": st.sampled_from(
        ["https://b.example.org/1", "http://x", "ftp://x", "https://", "https://a b", "https://[x]"]
    ),
    "jobs": LISTS,
    "results": LISTS,
    "advice": TEXTS,
    "category": st.sampled_from(["infra", "product", "test", "other"]),
    "capture": st.just("(?P<x>a)"),
    "examples": st.fixed_dictionaries({}, optional={"match": st.lists(LINES, max_size=2), "no-match": LISTS}),
    "test_ids": LISTS,
    "allow-nonvoting": st.booleans(),
    "resolved_at": TEXTS,
    "other": TEXTS,
}
FILES = st.one_of(
    st.fixed_dictionaries({}, optional=GOOD),
    st.fixed_dictionaries(
        {"query": TEXTS}, optional={key: st.one_of(part, ANY) for key, part in GOOD.items() if key != "query"}
    ),
)


BEYOND = (
    "query is missing;",
    "within, same and ordered compare lines;",
    "ordered is about the lines of all_of:",
    "all_of asks for what none_of forbids,",
    "capture: name what is to be shown,",
    "capture: this is no regular expression:",
)
"""Said by no schema: what keys mean together, and what a regular expression names."""


@given(FILES)
@example({"query": "a", "capture": "*"})
@example({"query": "a", "capture": "a"})
def test_it_agrees_with_the_reader(file: dict[str, object]) -> None:
    valid = VALIDATOR.is_valid(file)
    try:
        read_signature(yaml.safe_dump(file), "f.yaml")
    except YamlProblems as error:
        beyond = [problem.message for problem in error.problems]
        assert not valid or all(said.startswith(BEYOND) for said in beyond)
    else:
        assert valid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title: x\n",
        "query: a\nqurey: b\n",
        "query: ''\n",
        "query: ' '\n",
        "query: a\nwithin: soon\n",
        "query: a\nbug: 42\n",
        "query: a\njobs: ['']\n",
        "query: a\nexamples: {no_match: [x]}\n",
        "query: a\nexamples: {match: [[]]}\n",
        "all_of: [3]\n",
        "query: a\ncategory: other\n",
    ],
)
def test_what_it_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(load(text) or {})
    with pytest.raises(YamlProblems):
        read_signature(text, "f.yaml")
