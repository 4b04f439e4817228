import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.logs.refusals import BadQuestion, Refused, reason, refusal, tls_refusal
from gerritbot_er.settings import ClusterStore

STORE = ClusterStore(kind="opensearch", url="https://logs.example.org/search")
BODY = {"error": {"type": "security_exception", "reason": "no permissions"}, "status": 403}


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (
            401,
            Refused,
            (
                "https://logs.example.org/search refuses the search (401); check username and password_file, or "
                "api_key_file: no permissions"
            ),
        ),
        (
            403,
            Refused,
            (
                'https://logs.example.org/search refuses the search (403); grant the user the privilege "read" on '
                "logstash-logs-*: no permissions"
            ),
        ),
        (
            404,
            Refused,
            (
                "https://logs.example.org/search refuses the search (404); check url, the path before the API's own "
                "included: no permissions"
            ),
        ),
        (
            406,
            Refused,
            (
                "https://logs.example.org/search refuses the search (406); for OpenSearch, or Elasticsearch before "
                "7.17, write kind: opensearch: no permissions"
            ),
        ),
        (
            413,
            Refused,
            (
                "https://logs.example.org/search refuses the search (413); let requests of 10 MB through (nginx: "
                "client_max_body_size 10m): no permissions"
            ),
        ),
        (418, Refused, "https://logs.example.org/search refuses the search (418); check url: no permissions"),
        (429, Transient, "https://logs.example.org/search cannot answer now (429): no permissions"),
        (503, Transient, "https://logs.example.org/search cannot answer now (503): no permissions"),
        (400, BadQuestion, "the cluster refuses the query: no permissions"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, kind: type[Exception], text: str) -> None:
    error = refusal(status, {}, BODY, STORE)
    assert type(error) is kind
    assert str(error) == text


def test_a_redirect_says_where_to() -> None:
    error = refusal(301, {"location": "https://elsewhere.example.org/"}, "", STORE)
    assert isinstance(error, Misconfigured)
    assert str(error) == (
        "https://logs.example.org/search refuses the search (301); check url; it says to go to "
        "https://elsewhere.example.org/: no reason given"
    )


def test_f15_retry_after_is_kept() -> None:
    error = refusal(429, {"retry-after": "17"}, BODY, STORE)
    assert isinstance(error, Transient)
    assert error.after == 17.0


def test_the_innermost_reason_is_told() -> None:
    body = {
        "error": {
            "type": "search_phase_execution_exception",
            "reason": "all shards failed",
            "failed_shards": [
                {
                    "reason": {
                        "type": "query_shard_exception",
                        "reason": "Failed to parse query [a:b:c]",
                        "caused_by": {
                            "type": "parse_exception",
                            "reason": "Cannot parse 'a:b:c': Encountered \":\"\nWas expecting one of:\n  <EOF> ",
                        },
                    }
                }
            ],
        },
        "status": 400,
    }
    assert reason(body) == 'Encountered ":"'
    assert reason("<html>\n<h1>Bad gateway</h1>") == "<html> <h1>Bad gateway</h1>"
    assert reason({"error": "no handler"}) == "no handler"
    assert reason(None) == reason({}) == reason({"error": {"failed_shards": [1]}}) == "no reason given"


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["error", "reason", "caused_by", "failed_shards"]), inner)
        ),
    )
)
def test_any_body_has_a_reason(body: object) -> None:
    assert isinstance(reason(body), str)


def test_an_untrusted_certificate_names_the_file() -> None:
    error = tls_refusal("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", STORE)
    assert isinstance(error, Misconfigured)
    assert str(error) == (
        "https://logs.example.org/search: its certificate is not trusted, or it speaks no TLS there; put the "
        "certificate of its authority into ca_file (now: not set, the system's authorities count), or check url: "
        "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"
    )


def test_a_broken_handshake_is_tried_again() -> None:
    error = tls_refusal("EOF occurred in violation of protocol", STORE)
    assert isinstance(error, Transient)
    assert not isinstance(error, Permanent)
    assert str(error) == (
        "https://logs.example.org/search: the encrypted connection broke: EOF occurred in violation of protocol"
    )
