"""What can be wrong with where sightings are sent, said with the line and the remedy."""

from pathlib import Path

import pytest

from gerritbot_er.config import read
from gerritbot_er.settings import Export
from tests.unit.config.site import ENVIRON, RIGHT, site

STORES = "  near:\n    kind: local\n  far:\n    kind: elasticsearch\n    url: https://far.example.org\nsignatures:\n"
TEXT = RIGHT.replace("signatures:\n", STORES).replace("    log_store: main\n", "    log_store: near\n")


def said(folder: Path, entries: str) -> list[str]:
    """What is said about these entries; lines counted from that of "export:"."""
    before = len(TEXT.splitlines())
    reading = read(site(folder, f"{TEXT}export:\n{entries}"), ENVIRON)
    found = (*reading.problems, *reading.warnings)
    return [f"{one.line - before - 1}: {one.message}" + (f"; {one.remedy}" if one.remedy else "") for one in found]


def test_a_cluster_that_no_ci_uses_may_get_them(tmp_path: Path) -> None:
    text = TEXT.replace("  main:\n    kind: opensearch\n    url: https://logs.example.org/elastic\n", "")
    text = text.replace("    username: reader\n    password_file: opensearch.password\n", "")
    reading = read(site(tmp_path, f"{text}export:\n  log_store: far\n"), ENVIRON)
    assert (reading.problems, reading.warnings) == ((), ())
    assert reading.settings is not None
    assert reading.settings.export == Export(log_store="far", index="gerritbot-er-sightings")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            "  log_store: elsewhere\n",
            (
                "1: export names the log store elsewhere, which is not there; describe it under log_stores, or name "
                "one that is there (far, main, near)"
            ),
        ),
        (
            "  log_store: near\n",
            (
                "1: export names the log store near, which is no cluster; describe the Elasticsearch or OpenSearch "
                "that gets the sightings under log_stores; no CI needs to use it"
            ),
        ),
        (
            "  log_store: main\n  index: Sightings-*\n",
            (
                "2: export.index: write the name of one index, of small letters, digits, dots, dashes and underscores, "
                'not "Sightings-*"'
            ),
        ),
    ],
)
def test_f24_what_is_wrong_is_said(tmp_path: Path, entries: str, words: str) -> None:
    assert words in said(tmp_path, entries)
