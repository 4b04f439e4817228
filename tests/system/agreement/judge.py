"""A real server and our evaluator asked the same: indices of each preset of fields, and the hits of many queries."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

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
from gerritbot_er.signatures.lucene.portability import remarks

from ..servers.search import SearchServer  # noqa: TID252 - the folder of the servers is this one's neighbour

_QUERIES_A_REQUEST = 250
_DOCUMENTS_A_REQUEST = 5000

_DATE = {"type": "date"}
_LONG = {"type": "long"}
_MAPPINGS: Mapping[str, Mapping[str, object]] = {
    # Every string as the servers' own dynamic mapping has it: analysed, with ``.keyword`` beside it.
    OPENDEV.name: {
        "date_detection": False,
        "properties": {"@timestamp": _DATE, "build_change": _LONG, "voting": _LONG},
    },
    LOGSTASH_LEGACY.name: {
        "date_detection": False,
        "properties": {"@timestamp": _DATE, "message": {"type": "text"}},
        "dynamic_templates": [{"exact": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}}],
    },
}

Refused = str
"""Why a query was refused, in the words of whoever did."""
Answer = frozenset[int] | Refused
"""The numbers of the documents that a query hits."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A query that a server and our evaluator answer differently."""

    query: str
    server: Answer
    ours: Answer

    def told(self, documents: Sequence[Document]) -> str:
        """For the one who mends it: the query, and a few documents that only one of the two finds."""
        lines = [repr(self.query)]
        if isinstance(self.server, Refused) or isinstance(self.ours, Refused):
            lines += [f"  {name}: {_short(answer)}" for name, answer in (("server", self.server), ("ours", self.ours))]
            return "\n".join(lines)
        for name, found in (("server", self.server - self.ours), ("ours", self.ours - self.server)):
            lines += [f"  only {name}: {documents[number]!r}" for number in sorted(found)[:2]]
        return "\n".join(lines)

    def excuse(self, fields: FieldPreset) -> str | None:
        """Why the two may differ, as docs/lucene.rst tells it; None where they may not."""
        if isinstance(self.ours, Refused):
            told = [sign for words, sign in _REFUSED_HERE.items() if words in self.ours]
            known = not isinstance(self.server, Refused) and any(sign in self.query for sign in told)
            return "refused here alone" if known else None
        return "servers differ" if any(remarks(parse(self.query), fields)) else None


_REFUSED_HERE = {
    "is not supported here": "/",  # operators and classes of regular expressions
    "the regular expression is too large": "/",
    "patterns of field names are not supported here": ":",
    "is no date that is supported here": "||",
}
"""Of our words for what docs/lucene.rst lists, and what then stands in the query."""


def _short(answer: Answer) -> str:
    return answer[:300] if isinstance(answer, Refused) else f"{len(answer)} documents"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two answered: ``pairs`` of query and document were judged, ``hits`` of them by our evaluator."""

    queries: int
    pairs: int
    hits: int
    refused: int
    excused: Mapping[str, int]
    differences: Sequence[Difference]

    def __str__(self) -> str:
        excused = "".join(f", {count:,} {why}" for why, count in sorted(self.excused.items()))
        return (
            f"{self.pairs:,} pairs of {self.queries:,} queries: {self.hits:,} hits, {self.refused:,} queries refused"
            f" by both{excused}, {len(self.differences)} different"
        )


def compared(
    server: SearchServer, fields: FieldPreset, queries: Sequence[str], documents: Sequence[Document]
) -> Comparison:
    """Ask a server and our evaluator every query about every document."""
    name = f"agreement-{fields.name}"
    indexed(server, name, fields, documents)
    ours = our_answers(fields, queries, documents)
    theirs = list(server_answers(server, name, queries, len(documents)))
    server.delete_documents(f"{name}*")
    found = list(differences(queries, theirs, ours))
    excuses = [each.excuse(fields) for each in found]
    return Comparison(
        queries=len(queries),
        pairs=len(queries) * len(documents),
        hits=sum(len(each) for each in ours if not isinstance(each, Refused)),
        refused=sum(isinstance(mine, str) and isinstance(their, str) for mine, their in zip(ours, theirs, strict=True)),
        excused=Counter(why for why in excuses if why),
        differences=[each for each, why in zip(found, excuses, strict=True) if why is None],
    )


def indexed(server: SearchServer, name: str, fields: FieldPreset, documents: Sequence[Document]) -> None:
    """Make the index anew with these documents, each by its number."""
    server.delete_documents(f"{name}*")
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "max_result_window": 1_000_000}
    server.request("PUT", f"/{name}", {"settings": settings, "mappings": _MAPPINGS[fields.name]})
    for start in range(0, len(documents), _DOCUMENTS_A_REQUEST):
        lines: list[str] = []
        for number, document in enumerate(documents[start : start + _DOCUMENTS_A_REQUEST], start):
            lines += [json.dumps({"create": {"_index": name, "_id": str(number)}}), json.dumps(document)]
        answer = server.request("POST", "/_bulk", "\n".join([*lines, ""]).encode())
        assert not answer["errors"], next(item for item in answer["items"] if "error" in item["create"])
    server.request("POST", f"/{name}/_refresh")


def server_answers(server: SearchServer, name: str, queries: Sequence[str], most: int) -> Iterator[Answer]:
    """What the server says to each query, with the defaults that signatures are asked with."""
    kept = "responses.error.root_cause,responses.error.caused_by,responses.hits.hits._id,responses.status"
    for start in range(0, len(queries), _QUERIES_A_REQUEST):
        lines: list[str] = []
        for query in queries[start : start + _QUERIES_A_REQUEST]:
            asked = {"query_string": {"query": query, "default_field": "message"}}
            lines += [
                json.dumps({"index": name}),
                json.dumps({"size": most, "_source": False, "sort": "_doc", "query": asked}),
            ]
        body = "\n".join([*lines, ""]).encode()
        found = server.request("POST", f"/_msearch?max_concurrent_searches=2&filter_path={kept}", body)
        yield from map(_answer, found["responses"])


def _answer(response: Mapping[str, Any]) -> Answer:
    if "error" in response:
        return json.dumps(response["error"])
    return frozenset(int(hit["_id"]) for hit in response.get("hits", {}).get("hits", ()))


def server_tokens(server: SearchServer, texts: Sequence[str]) -> list[list[str]]:
    """The tokens that the server's standard analyzer makes of each text."""
    index = "agreement-texts"
    server.delete_documents(f"{index}*")
    server.request("PUT", f"/{index}", {"settings": {"analyze.max_token_count": 1_000_000}})
    found: list[list[str]] = [[] for _ in texts]
    ends = list(accumulate(len(text.encode("utf-16-le")) // 2 + 1 for text in texts))
    asked = {"analyzer": "standard", "text": texts}
    for token in server.request("POST", f"/{index}/_analyze", asked)["tokens"]:
        found[bisect_right(ends, token["start_offset"])].append(token["token"])
    return found


def our_answers(fields: FieldPreset, queries: Sequence[str], documents: Iterable[Document]) -> list[Answer]:
    """What our evaluator says to each query."""
    matchers, refused = {}, {}
    for number, query in enumerate(queries):
        try:
            matchers[str(number)] = compile_query(parse(query), fields)
        except QueryError as error:
            refused[number] = str(error)
    found: dict[int, set[int]] = {number: set() for number in range(len(queries))}
    together = MatcherSet(matchers)
    for at, document in enumerate(documents):
        for name in together.matching(AnalysedDocument(document)):
            found[int(name)].add(at)
    return [refused.get(number) or frozenset(found[number]) for number in range(len(queries))]


def differences(queries: Sequence[str], server: Iterable[Answer], ours: Iterable[Answer]) -> Iterator[Difference]:
    """The queries to which the answers are not the same; both refusing is the same, in whatever words."""
    for query, theirs, mine in zip(queries, server, ours, strict=True):
        if theirs != mine and not (isinstance(theirs, Refused) and isinstance(mine, Refused)):
            yield Difference(query, theirs, mine)
