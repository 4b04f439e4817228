"""How a cluster is asked which builds it knows, and what its answers mean."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.backtest.cluster_builds import PAGE, Page, question, read
from gerritbot_er.backtest.past import PastBuild
from gerritbot_er.errors import Transient
from gerritbot_er.logs.layouts import OPENDEV
from gerritbot_er.model import Build

UUID = "0123456789abcdef0123456789abcdef"
SHARDS = {"total": 1, "successful": 1, "failed": 0}
FACTS = {
    "build_status": "FAILURE",
    "build_name": "unit",
    "build_queue": "check",
    "build_branch": "main",
    "build_change": 7,
    "build_patchset": "2",
    "project": "example/app",
    "voting": 0,
    "log_url": f"https://logs.example.org/012/{UUID}/controller/a.log",
}


def body(*buckets: object, shards: object = SHARDS, timed_out: bool = False) -> dict[str, object]:
    past = {"buckets": list(buckets), "after_key": {"build": UUID}}
    return {"_shards": shards, "timed_out": timed_out, "aggregations": {"past": past}}


def bucket(uuid: str = UUID, **facts: object) -> dict[str, object]:
    hits = {"hits": {"hits": [{"_source": FACTS | facts}]}}
    return {"key": {"build": uuid}, "doc_count": 12, "ended": {"value": 1_795_254_900_500.0}, "facts": hits}


def test_a_build() -> None:
    build = Build(
        UUID, "unit", "FAILURE", "cluster", "example/app", "main", 7, 2, 1_795_254_900,
        pipeline="check", uuid=UUID, log_urls=(f"https://logs.example.org/012/{UUID}/",), voting=False,
    )  # fmt: skip
    assert read(OPENDEV, body(bucket(), bucket("seven77"))) == Page((PastBuild(build, "12 documents"),), None)


def test_voting_that_is_not_known_votes() -> None:
    page = read(OPENDEV, body(bucket(voting=2), bucket(voting=None)))
    assert [past.build.voting for past in page.builds] == [True, True]


def test_pages() -> None:
    page = read(OPENDEV, body(*(bucket(f"{number:032x}") for number in range(PAGE))))
    assert (len(page.builds), page.after) == (PAGE, {"build": UUID})
    assert question(OPENDEV, page.after, None, 30)["aggs"]["past"]["composite"]["after"] == page.after  # type: ignore[index]
    assert "query" not in question(OPENDEV, None, None, 30)
    assert question(OPENDEV, None, 5.5, 30)["query"] == {
        "bool": {"filter": [{"range": {"@timestamp": {"gte": 5500, "format": "epoch_millis"}}}]}
    }


def test_no_index_no_builds() -> None:
    assert read(OPENDEV, {"_shards": {"total": 0, "successful": 0, "failed": 0}, "timed_out": False}) == Page((), None)


@pytest.mark.parametrize(
    "answer",
    [
        body(bucket(), shards={"total": 2, "successful": 1, "failed": 0}),
        body(bucket(), timed_out=True),
        body(3),
        body({"key": 3}),
        {"_shards": SHARDS, "timed_out": False, "aggregations": {"past": 3}},
        {},
        None,
    ],
)
def test_what_cannot_be_trusted(answer: object) -> None:
    with pytest.raises(Transient):
        read(OPENDEV, answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FACTS, "key", "facts"]), inner),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
def test_any_json(first: object, second: object, third: object) -> None:
    every = (body(first), body({"key": second, "facts": third}), body({**bucket(), "ended": third, "key": second}))
    for answer in every:
        with suppress(Transient):
            assert isinstance(read(OPENDEV, answer), Page)
