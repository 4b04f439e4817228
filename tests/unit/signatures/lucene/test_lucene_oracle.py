"""Every signature file that OpenStack's people wrote, against what Lucene 8.7 itself made of it."""

import json
import tarfile
from functools import cache
from pathlib import Path

import pytest
import yaml

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import (
    LOGSTASH_LEGACY,
    OPENDEV,
    AnalysedDocument,
    FieldPreset,
    MatcherSet,
    QueryError,
    compile_query,
    parse,
)
from gerritbot_er.signatures.lucene.plan import Combined, TokenPhrase

from .notation import notation

DATA = Path(__file__).parents[5] / "shared" / "data"
LUCENE_NAMES = {Combined: "BooleanQuery", TokenPhrase: "PhraseQuery"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data (Lucene's reading of real signatures)")


@cache
def queries() -> dict[str, str]:
    found = {}
    with tarfile.open(DATA / "signatures" / "elastic-recheck-history.tar.gz") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                found[Path(member.name).name] = yaml.safe_load(file)["query"]
    return found


@cache
def documents() -> list[Document]:
    text = (DATA / "documents" / "elastic-recheck-hits.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def table(name: str) -> list[list[str]]:
    text = (DATA / "signatures" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.split("\n") if line]


def test_all_signature_files_mean_what_lucene_reads() -> None:
    # Lucene's table was made with every field analysed.
    everything_analysed = FieldPreset("analysed")
    rows = table("lucene87_oracle.tsv")
    assert len(rows) == 754
    assert [[file, *as_lucene_says(queries()[file], everything_analysed)] for file, *_ in rows] == rows
    assert queries().keys() == {file for file, *_ in rows}


def as_lucene_says(query: str, fields: FieldPreset) -> tuple[str, str, str]:
    """Whether it can be read, what kind of query it is, and what it says."""
    try:
        plan = compile_query(parse(query), fields).plan
    except QueryError as error:
        return "ERR", "", str(error)
    return "OK", LUCENE_NAMES.get(type(plan), type(plan).__name__), notation(query, fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [("lucene87_matches_legacy.tsv", LOGSTASH_LEGACY), ("lucene87_matches_modern.tsv", OPENDEV)],
)
def test_all_signature_files_match_the_documents_that_lucene_finds(name: str, fields: FieldPreset) -> None:
    rows = table(name)
    assert len(rows) == 754
    analysed = [AnalysedDocument(document) for document in documents()]
    found = {}
    assert {status for _, status, _ in rows} == {"OK"}
    for file, _, _ in rows:
        matcher = compile_query(parse(queries()[file]), fields)
        found[file] = [each.document["_doc"] for each in analysed if matcher.matches(each)]
    assert found == {file: json.loads(ids) for file, _, ids in rows}


def test_a_matcher_set_finds_what_its_matchers_find() -> None:
    matchers = {file: compile_query(parse(query), OPENDEV) for file, query in queries().items()}
    together = MatcherSet(matchers)
    for document in documents()[::7]:
        analysed = AnalysedDocument(document)
        assert together.matching(analysed) == [name for name, each in matchers.items() if each.matches(analysed)]
