from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured
from gerritbot_er.logs.access import access
from gerritbot_er.logs.cluster import open_cluster
from gerritbot_er.settings import ClusterStore

URL = "https://logs.example.org/search/"


def test_the_url_is_taken_apart() -> None:
    found = access(ClusterStore(kind="elasticsearch", url=URL), {})
    assert (found.scheme, found.host, found.port, found.prefix) == ("https", "logs.example.org", 443, "/search")
    assert found.headers == {}
    plain = access(ClusterStore(kind="elasticsearch", url="http://[::1]:9200"), {})
    assert (plain.scheme, plain.host, plain.port, plain.prefix, plain.tls) == ("http", "::1", 9200, "", None)


def test_a_password_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("sécret\n", encoding="utf-8")
    store = ClusterStore(kind="opensearch", url=URL, username="bot", password_file=tmp_path / "password")
    found = access(store, {})
    assert found.headers == {"authorization": "Basic Ym90OnPDqWNyZXQ="}
    assert "Ym90" not in repr(found)


def test_an_api_key_from_the_environment_in_either_form() -> None:
    store = ClusterStore(kind="elasticsearch", url=URL, api_key_env="KEY")
    assert access(store, {"KEY": "aWQ6a2V5"}).headers == {"authorization": "ApiKey aWQ6a2V5"}
    assert access(store, {"KEY": "id:key"}).headers == {"authorization": "ApiKey aWQ6a2V5"}


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    wrong = {
        f"{empty} holds no secret; write it there, in one line": ClusterStore(
            kind="opensearch", url=URL, username="bot", password_file=empty
        ),
        "the environment variable KEY holds no secret; write it there, in one line": ClusterStore(
            kind="opensearch", url=URL, api_key_env="KEY"
        ),
        "a log store's username and its password_file (or password_env) go together; give both": ClusterStore(
            kind="opensearch", url=URL, username="bot"
        ),
        "a log store takes either username and password or an API key; remove one of them": ClusterStore(
            kind="opensearch", url=URL, username="bot", api_key_env="SET"
        ),
        f"the secret in {tmp_path}/none cannot be read: No such file or directory; make it a file our user may read": (
            ClusterStore(kind="opensearch", url=URL, api_key_file=tmp_path / "none")
        ),
        f"ca_file {empty} cannot be used: [X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found (_ssl…)": (
            ClusterStore(kind="opensearch", url=URL, ca_file=empty)
        ),
        "a log store's index names no index; write a pattern such as logstash-logs-*": ClusterStore(
            kind="opensearch", url=URL, index=" , "
        ),
    }
    for text, store in wrong.items():
        with pytest.raises(Misconfigured) as raised:
            open_cluster(store, {"SET": "x"})
        assert str(raised.value).partition(" (_ssl")[0] == text.partition(" (_ssl")[0]
