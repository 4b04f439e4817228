"""Lint: what it says of files that people have used for years, and of our own."""

import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV

from .remarked import said_of

DATA = Path("../shared/data/signatures")


def _history() -> Mapping[str, str]:
    archive = DATA / "elastic-recheck-history.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not here")
    with tarfile.open(archive) as tar:
        members = {member.name: tar.extractfile(member) for member in tar.getmembers() if member.isfile()}
        return {name: source.read().decode() for name, source in sorted(members.items()) if source}


def test_real_files_fitted_the_index_of_their_time() -> None:
    """What people wrote then and used was right, but for some slips."""
    found = [finding for finding in lint(_history(), LOGSTASH_LEGACY) if finding.counts]
    slips = {"missing-and", "no-consequence", "escaped-letter", "unknown-field", "duplicate-query"}
    assert {finding.rule for finding in found} == slips
    assert len([finding for finding in found if finding.rule != "duplicate-query"]) < 10


def test_the_live_files() -> None:
    live = DATA / "live"
    if not live.exists():
        pytest.skip(f"{live} is not here")
    texts = {path.name: path.read_text() for path in sorted(live.glob("*.yaml"))}
    found = [finding for finding in lint(texts, OPENDEV) if finding.counts]
    assert [f"{one.file}:{said_of(one)}" for one in found] == [
        (
            '1449136.yaml:2:61 warning[escaped-letter] \\n is the letter n to Lucene, not a newline, so that "nNo" is '
            "looked for; take it out | "
        ),
        (
            "1739482.yaml:3:3 warning[unknown-field] documents of today have no module: it stands in the message; look "
            'for it there | message:"oslo_messaging.rpc.server"'
        ),
    ]


def test_the_starter_library_is_clean() -> None:
    texts = {path.name: path.read_text() for path in sorted(Path("signatures").glob("*.yaml"))}
    assert [said_of(finding) for finding in lint(texts, OPENDEV) if finding.counts] == []
