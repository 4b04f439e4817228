"""The index of a cluster that gets the sightings: made where it is missing, and filled by ``_bulk``.

Facts of Elasticsearch 7.17 to 8.19 and OpenSearch 2.19: ``_bulk`` answers 200 with a status for each document, in their
order; to take away a document that is not there is 404 with the result "not_found"; a missing index that may not be
made is a 404 of each document; an index that a full disk has closed to writing is a 429 of each.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

from gerritbot_er import settings
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.insight.exported import LONGEST, Document, Fate, Receipt

from .access import access
from .engines import engine_of
from .question import Json
from .refusals import BadQuestion, Refused, is_busy, reason

_WORD: Json = {"type": "keyword", "ignore_above": LONGEST}
FIELDS: Mapping[str, Json] = {
    "@timestamp": {"type": "date"},
    "build": _WORD,
    "ci": _WORD,
    "job": _WORD,
    "project": _WORD,
    "branch": _WORD,
    "pipeline": _WORD,
    "change": {"type": "long"},
    "patchset": {"type": "long"},
    "result": _WORD,
    "voting": {"type": "boolean"},
    "seconds": {"type": "long"},
    "gate": {"type": "boolean"},
    "report": _WORD,
    "outcome": _WORD,
    "later": {"type": "boolean"},
    "signatures": _WORD,
    "titles": _WORD,
    "bugs": _WORD,
    "group": _WORD,
    "decided_after": {"type": "double"},
    "page": _WORD,
}
MAPPINGS: Json = {"dynamic": False, "date_detection": False, "properties": FIELDS}
"""As in etc/sightings-template.json, for whoever makes the index himself."""

_BY_HAND = "or install etc/sightings-template.json and make the index by hand"


class Engine(Protocol):
    """The calls that a client library makes; each gives decoded JSON of any shape, or raises one of our errors."""

    def create(self, index: str, body: Json) -> object: ...

    def bulk(self, lines: Sequence[Json], index: str) -> object: ...

    def fields(self, names: Sequence[str], index: str) -> object: ...

    def close(self) -> None: ...


def open_index(store: settings.ClusterStore, index: str, environ: Mapping[str, str]) -> "SightingsIndex":
    """The index of this name in a cluster, over connections of its own; nothing is sent yet.

    ``Misconfigured`` where a file or variable of the cluster's secrets is missing.
    """
    return SightingsIndex(store.url, index, engine_of(store, access(store, environ)))


class SightingsIndex:
    """``ports.SightingsIndex`` over a cluster."""

    def __init__(self, url: str, index: str, engine: Engine) -> None:
        self._url = url
        self._index = index
        self._engine = engine

    def prepare(self) -> None:
        """See ``ports.SightingsIndex``; the index is looked at first, since that wants the least rights."""
        try:
            there = self._look()
        except Refused as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise self._wrong(error) from None
            return  # who may not look may write all the same: what is sent next tells
        if there:
            return
        refused = self._make()
        if not self._look():
            if refused:
                raise Misconfigured(f"{self._url} does not make the index {self._index}: {refused}")
            raise Transient(f"{self._url}: the index {self._index} was made, and is not there yet")

    def send(self, documents: Sequence[Document]) -> Sequence[Receipt]:
        """See ``ports.SightingsIndex``."""
        lines = [line for one in documents for line in _lines(one)]
        try:
            answer = self._engine.bulk(lines, self._index)
        except Refused as error:
            raise self._wrong(error) from None
        except BadQuestion as error:
            raise Misconfigured(
                f"{self._url} takes no sightings into {self._index}: {error.reason}; see that it is one index, or an "
                "alias with one index to write to"
            ) from None
        items = answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(items, list) or len(items) != len(documents):
            raise Transient(f"{self._url}: the answer to what was sent cannot be read; look at what stands between")
        return [self._receipt(item) for item in items]

    def close(self) -> None:
        """Close the connections."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside ------------------------------------------------------------------------------------------------------

    def _look(self) -> bool:
        """Whether the index is there; ``Misconfigured`` where its fields are not as they have to be."""
        said = self._engine.fields(list(FIELDS), self._index)
        if not isinstance(said, dict) or not isinstance(said.get("indices"), list):
            raise Transient(f"{self._url}: what is said of {self._index} cannot be read; look at what stands between")
        if not said["indices"]:
            return False
        known = said.get("fields")
        for name, wanted in FIELDS.items():
            found = known.get(name) if isinstance(known, dict) else None
            types = sorted(set(found) - {"unmapped"}) if isinstance(found, dict) else []
            if types != [wanted["type"]]:
                now = f"is mapped as {' and '.join(types)}" if types else "is missing"
                raise Misconfigured(
                    f"field {name} {now} in {self._index}, not as {wanted['type']}: name another one as export.index; "
                    "it is made as it has to be, and gets everything"
                )
        return True

    def _make(self) -> str:
        """Why the cluster does not make it, "" where it does: its name is none, or somebody made it meanwhile."""
        try:
            self._engine.create(self._index, {"mappings": MAPPINGS})
        except BadQuestion as error:
            return error.reason
        except Refused as error:
            raise self._wrong(
                error,
                f'the index is not there: grant the user the privilege "create_index" on {self._index}, {_BY_HAND}',
            ) from None
        return ""

    def _wrong(self, error: Refused, forbidden: str = "") -> Misconfigured:
        """What to change, in words that speak of writing."""
        remedy = error.remedy
        if error.status == HTTPStatus.FORBIDDEN:
            remedy = forbidden or f'grant the user the privilege "write" on {self._index}'
        return Misconfigured(f"{self._url} does not take sightings ({error.status}); {remedy}: {error.reason}")

    def _receipt(self, item: object) -> Receipt:
        """One of the answer's; ``Misconfigured`` where it says that nothing may be written."""
        told = next(iter(item.values()), None) if isinstance(item, dict) else None
        status = told.get("status") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(status, int):
            return Receipt(Fate.LATER, "the answer says nothing of it")
        if status < HTTPStatus.MULTIPLE_CHOICES or told.get("result") == "not_found":
            return Receipt(Fate.TAKEN)
        why = reason(told)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            raise Misconfigured(
                f'{self._url} does not take sightings ({status}); grant the user the privileges "write" and '
                f'"create_index" on {self._index}, {_BY_HAND}: {why}'
            )
        return Receipt(Fate.LATER if is_busy(status) else Fate.REFUSED, why)


def _lines(document: Document) -> tuple[Json, ...]:
    if document.fields is None:
        return ({"delete": {"_id": document.id}},)
    return {"index": {"_id": document.id}}, dict(document.fields)
