"""The real signature files of the shared data, by name."""

import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

ARCHIVE = Path(__file__).parents[4] / "shared" / "data" / "signatures" / "elastic-recheck-history.tar.gz"


@cache
def queries() -> Mapping[str, str]:
    """The query of each file."""
    found = {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                found[Path(member.name).name] = yaml.safe_load(file)["query"]
    return found
