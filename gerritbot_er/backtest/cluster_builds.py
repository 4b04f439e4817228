"""How a cluster is asked which builds its documents are of, and what its answer means; pure.

A composite aggregation goes through all builds in pages, whatever their number; one document tells of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from gerritbot_er.builds.places import log_folder
from gerritbot_er.cleaning import clean
from gerritbot_er.errors import Transient
from gerritbot_er.logs import answer
from gerritbot_er.logs.layouts import TIME, Layout
from gerritbot_er.logs.question import Json, counting
from gerritbot_er.model import Build

from .past import PastBuild

CI_NAME = "cluster"
"""Stands for the CIs whose builds a cluster holds: the documents do not name them."""
PAGE = 500
"""Builds in one answer, each with a document of its own."""

_FACTS = (
    "build_uuid",
    "build_status",
    "build_name",
    "build_queue",
    "build_branch",
    "build_change",
    "build_patchset",
    "project",
    "voting",
    "log_url",
)
_NOT_VOTING = 0
_PAST = "past"


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the builds; ``after`` is where the next page begins, None where this is the last."""

    builds: tuple[PastBuild, ...]
    after: Json | None


def question(layout: Layout, after: Json | None, since: float | None, timeout: float) -> Json:
    """One page of the builds that have lines since this UTC second."""
    source: Json = {"build": {"terms": {"field": layout.build}}}
    composite: Json = {"size": PAGE, "sources": [source]}
    if after is not None:
        composite["after"] = after
    began = {"range": {TIME: {"gte": int((since or 0) * 1000), "format": "epoch_millis"}}}
    body: Json = {
        **counting(timeout),
        "aggs": {
            _PAST: {
                "composite": composite,
                "aggs": {
                    "ended": {"max": {"field": TIME}},
                    "facts": {"top_hits": {"size": 1, "_source": list(_FACTS)}},
                },
            }
        },
    }
    return body if since is None else body | {"query": {"bool": {"filter": [began]}}}


def read(layout: Layout, body: object) -> Page:
    """The page of an answer; ``Transient`` where it is none, or where not all was searched."""
    if answer.matches(body, 0).partial:
        raise Transient(
            "the cluster could search only some of its shards, so that figures would be wrong; see its health, then "
            "run it again: it goes on where it was"
        )
    past = _object(_object(_object(body).get("aggregations", {})).get(_PAST, {}))
    buckets = past.get("buckets", [])
    if not isinstance(buckets, list):
        raise _unreadable()
    after = past.get("after_key") if len(buckets) == PAGE else None
    found = (_build(layout, _object(bucket)) for bucket in buckets)
    return Page(tuple(one for one in found if one is not None), cast("Json", _object(after)) if after else None)


def _build(layout: Layout, bucket: Mapping[str, object]) -> PastBuild | None:
    """None for documents whose build no search could tell from others."""
    documents = _object(_object(bucket.get("facts")).get("hits")).get("hits")
    source = _object(_object(documents[0]).get("_source")) if isinstance(documents, list) and documents else {}
    facts = {name: _text(source.get(name)) for name in _FACTS}
    uuid = layout.build_id(_text(_object(bucket.get("key")).get("build")))
    if uuid is None:
        return None
    ended, count = _object(bucket.get("ended")).get("value"), bucket.get("doc_count")
    folder = log_folder(facts["log_url"])
    build = Build(
        identity=uuid,
        job=facts["build_name"],
        result=facts["build_status"],
        ci=CI_NAME,
        project=facts["project"],
        branch=facts["build_branch"],
        change=_number(facts["build_change"]),
        patchset=_number(facts["build_patchset"]),
        reported_at=int(ended / 1000) if isinstance(ended, int | float) else 0,
        pipeline=facts["build_queue"] or None,
        uuid=uuid,
        log_urls=(folder,) if folder else (),
        voting=facts["voting"] != str(_NOT_VOTING),
    )
    return PastBuild(build, f"{count} documents")


def _unreadable() -> Transient:
    return Transient("the cluster's list of builds cannot be read; look at what stands between us and it")


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _unreadable()
    return value


def _text(value: object) -> str:
    """A field's value as text; of a list the first."""
    values: Sequence[object] = value if isinstance(value, list) else [value]
    first = values[0] if values else None
    return clean(first) if isinstance(first, str) else str(first) if type(first) is int else ""


def _number(text: str) -> int:
    """0 where it is none, as for builds without a change."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - int32
