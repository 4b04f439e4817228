"""The client libraries for clusters are loaded only where there is one: they take a fifth of the daemon's memory."""

import subprocess
import sys

import pytest

_LIBRARIES = "{'elasticsearch', 'opensearchpy'}"


def loaded(code: str) -> str:
    """Which of the libraries stand in memory after this code, in a process of its own."""
    looks = f"import sys\n{code}\nprint(sorted({_LIBRARIES} & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", looks], check=True, capture_output=True, text=True).stdout.strip()


def test_the_daemon_alone_loads_none() -> None:
    assert loaded("import gerritbot_er.daemon") == "[]"


@pytest.mark.parametrize(("kind", "library"), [("elasticsearch", "elasticsearch"), ("opensearch", "opensearchpy")])
def test_a_cluster_loads_its_own(kind: str, library: str) -> None:
    code = f"""
from gerritbot_er.logs.cluster import open_cluster
from gerritbot_er.settings import ClusterStore
open_cluster(ClusterStore(kind="{kind}", url="http://127.0.0.1:9"), {{}})
"""
    assert loaded(code) == f"['{library}']"
