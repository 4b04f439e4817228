"""Random queries about random documents, asked of real servers and of our evaluator.

    python -m tests.system.agreement --queries 10000 --documents 100 [--seed N] [SERVER …]

prints a line for each server and preset of fields, and each difference; ends with status 1 where there is one.
"""

import argparse
import secrets
import sys
import time
from random import Random

from gerritbot_er.signatures.lucene import PRESETS, FieldPreset

from ..servers.search import (  # noqa: TID252 - the folder of the servers is this one's neighbour
    ELASTICSEARCH_7,
    ELASTICSEARCH_8,
    OPENSEARCH_2,
    SearchServer,
    search_server,
)
from .grammar import Grammar
from .judge import compared

SERVERS = {
    "elasticsearch": ELASTICSEARCH_8,
    "elasticsearch_7": ELASTICSEARCH_7,
    "opensearch": OPENSEARCH_2,
}
_QUERIES_A_ROUND = 2000
"""Then come other documents: the memory stays small, and more is tried."""


def main() -> int:
    """Exit 1 if there is a difference."""
    parser = argparse.ArgumentParser(description="Compare our evaluator with real servers.")
    parser.add_argument("servers", nargs="*", choices=[*SERVERS, []], help="servers to ask; all without")
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=100, help="for each 2,000 queries")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="of an earlier run, to repeat it")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    found = 0
    for name in chosen.servers or SERVERS:
        with search_server(SERVERS[name]) as server:
            for fields in PRESETS.values():
                found += _compare(server, name, fields, chosen)
    return 1 if found else 0


def _compare(server: SearchServer, name: str, fields: FieldPreset, chosen: argparse.Namespace) -> int:
    """Prints as it goes; how many differences there were."""
    grammar = Grammar(Random(chosen.seed), fields)  # noqa: S311 - it is to come out the same again
    found = 0
    for start in range(0, chosen.queries, _QUERIES_A_ROUND):
        began = time.monotonic()
        documents = [grammar.document() for _ in range(chosen.documents)]
        queries = [grammar.query() for _ in range(min(_QUERIES_A_ROUND, chosen.queries - start))]
        comparison = compared(server, fields, queries, documents)
        print(f"{name} {fields.name}: {comparison}, in {time.monotonic() - began:.1f} s", flush=True)
        for difference in comparison.differences:
            print(difference.told(documents), flush=True)
        found += len(comparison.differences)
    return found


if __name__ == "__main__":
    sys.exit(main())
