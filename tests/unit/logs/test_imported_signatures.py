"""elastic-recheck's signatures, brought over, find in single lines what the old ones found in folded events."""

import json
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from gerritbot_er.logs.scan import Scanner
from gerritbot_er.model import Signature
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.migrate.files import Migrated, Outcome, migrate

DATA = Path(__file__).parents[4] / "shared" / "data"
OF_THE_BUILD = ("build_uuid", "build_name", "build_status", "build_queue", "build_patchset", "build_ref", "project")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data (real signatures and log documents)")


@cache
def migrated() -> Mapping[str, Migrated]:
    found = {}
    with tarfile.open(DATA / "signatures" / "elastic-recheck-history.tar.gz") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                name = Path(member.name).name
                found[name] = migrate(file.read().decode(), name)
    return found


@cache
def documents() -> Mapping[int, Mapping[str, str]]:
    text = (DATA / "documents" / "elastic-recheck-hits.ndjson").read_text(encoding="utf-8")
    return {found["_doc"]: found for found in map(json.loads, filter(None, text.split("\n")))}


def builds_found_then() -> dict[str, set[str]]:
    """Which builds each signature's query finds in the folded documents, as Lucene 8.7 answered."""
    text = (DATA / "signatures" / "lucene87_matches_legacy.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.split("\n") if line)
    return {file: {documents()[number]["build_uuid"] for number in json.loads(found)} for file, _, found in rows}


def lines(document: Mapping[str, str]) -> Iterator[str]:
    """A document's lines as they stood in the log: the old index cut off what it made fields of."""
    stamp = document["@timestamp"].replace("T", " ")[:23]
    first, *others = document["message"].split("\n")
    if "module" in document:
        yield f"{stamp} {document['pid']} {document['loglevel']} {document['module']} {first}"
    elif "syslog_program" in document:
        yield f"Oct {stamp[8:10]} {stamp[11:19]} {document['syslog_host']} {document['syslog_program']}: {first}"
    else:
        yield f"{stamp} | {first}"
    yield from others


@cache
def builds() -> Mapping[str, Mapping[str, list[str]]]:
    """The files of each build, in the order of time."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for document in sorted(documents().values(), key=lambda one: one["@timestamp"]):
        found[document["build_uuid"]][document["filename"]] += lines(document)
    return found


def builds_found_now(signatures: list[Signature]) -> dict[str, set[str]]:
    scanner = Scanner(signatures)
    of_build = {document["build_uuid"]: document for document in documents().values()}
    found: dict[str, set[str]] = {f"{signature.name}.yaml": set() for signature in signatures}
    for uuid, files in builds().items():
        search = scanner.search({name: of_build[uuid][name] for name in OF_THE_BUILD}, 2013)
        hits = [hit for path, text in files.items() for hit in search.file(path, path, ["\n".join(text).encode()])]
        for hit in [*hits, *search.end()]:
            found[f"{hit.signature}.yaml"].add(uuid)
    return found


def test_every_file_is_accounted_for() -> None:
    assert len(migrated()) == 754
    for name, one in migrated().items():
        assert (one.text == "") is (one.outcome is Outcome.REFUSED), name
        assert one.outcome is Outcome.UNCHANGED or one.remarks, name


def test_what_was_found_in_folded_events_is_found_in_lines() -> None:
    then = {name: found for name, found in builds_found_then().items() if found}
    now = builds_found_now([read_signature(migrated()[name].text, name) for name in then])
    assert len(then) == 13
    assert {name: found - now[name] for name, found in then.items() if found - now[name]} == {}
    # What is found beside that: events with a traceback, which NOT kept out while it was a part of them, and consoles
    # of 2013, whose tags were not yet those of today, by the two queries that are content with any line of a console.
    more = {name: len(now[name] - found) for name, found in then.items() if now[name] - found}
    assert more == {"1283522__207947b0.yaml": 44, "1327184__4f236fe9.yaml": 236, "1532542__10d969be.yaml": 236}
