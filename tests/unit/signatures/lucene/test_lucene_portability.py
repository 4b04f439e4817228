"""What an author is told about the servers that read a query differently."""

import pytest

from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV, FieldPreset, parse
from gerritbot_er.signatures.lucene.portability import remarks

CAPITALS = (
    "the words of this field have small letters: Elasticsearch finds nothing by capital ones in a regular expression,"
    " OpenSearch takes them for small ones; write them small"
)


@pytest.mark.parametrize(
    ("query", "fields", "expected"),
    [
        ("message:/F.o/ AND (a OR /f.o/ OR /É/)", OPENDEV, [(8, CAPITALS), (33, CAPITALS)]),
        ("filename:/F.o/", OPENDEV, [(9, CAPITALS)]),
        ("filename:/F.o/ filename:fox~2", LOGSTASH_LEGACY, []),
        ("a fox~3", OPENDEV, [(2, "Elasticsearch 8 refuses 3 edits; write ~, ~1 or ~2")]),
        ("fox~0.5", LOGSTASH_LEGACY, [(0, "Elasticsearch 8 refuses 0.5 edits; write ~, ~1 or ~2")]),
        ("fox~ foxes~1.0 fox~AUTO", OPENDEV, []),
        ("x" * 32_001, OPENDEV, [(32_000, "OpenSearch refuses more than 32,000 characters; split the query")]),
        ("", OPENDEV, []),
    ],
)
def test_remarks(query: str, fields: FieldPreset, expected: list[tuple[int, str]]) -> None:
    assert [(remark.at, remark.message) for remark in remarks(parse(query), fields)] == expected
