"""The log store in a cluster: Elasticsearch or OpenSearch, asked about all builds and all signatures at once."""

import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from types import TracebackType
from typing import Protocol, Self

from gerritbot_er import settings
from gerritbot_er.errors import Misconfigured
from gerritbot_er.model import Build, BuildAnswer, Evidence, LogsSeen, Match, Signature
from gerritbot_er.signatures.parts import Part, parts_of

from . import answer, cluster_lines, question
from .access import access
from .answer import Files, Found, Hit
from .cluster_compound import LogReader, ToRead, to_read, together, with_compounds
from .engines import engine_of
from .evidence import evidence, of_attempt
from .failed_tests.cluster import AskForTests, with_failed_tests
from .layouts import LAYOUTS
from .question import Json
from .refusals import BadQuestion, refusal

_LOG = logging.getLogger(__name__)

NO_ID = "its id is not in the CI's comment, so its lines cannot be told from others' in the cluster"


class Engine(Protocol):
    """The calls that a client library makes for us; each gives decoded JSON of any shape, or raises one of our errors.

    A refused question (400) is ``BadQuestion``.
    """

    def search(self, body: Json, options: Json) -> object: ...

    def search_many(self, bodies: Sequence[Json], options: Json) -> object: ...

    def validate(self, body: Json, index: str) -> object: ...

    def fields(self, names: Sequence[str], index: str) -> object: ...

    def close(self) -> None: ...


def open_cluster(
    store: settings.ClusterStore, environ: Mapping[str, str], reader: LogReader | None = None
) -> "ClusterStore":
    """The store of these settings; nothing is sent yet.  Without a ``reader`` compound signatures stay undecided.

    ``Misconfigured`` where a file or variable of its secrets is missing, its CA file is none, or no index is named.
    """
    if not question.indices(store.index):
        raise Misconfigured("a log store's index names no index; write a pattern such as logstash-logs-*")
    return ClusterStore(store, engine_of(store, access(store, environ)), reader)


class ClusterStore:
    """``ports.LogStore`` over a cluster.  It may be asked from several threads."""

    def __init__(self, store: settings.ClusterStore, engine: Engine, reader: LogReader | None = None) -> None:
        self._settings = store
        self._reader = reader
        self._index = question.indices(store.index)
        self._layout = LAYOUTS[store.fields]
        self._engine = engine
        self._refused: Mapping[tuple[str, str], str] = {}

    def refused(self, signatures: Iterable[Signature]) -> Mapping[str, str]:
        """Which of these signatures the cluster could not read, by name, with its reason; they are no longer asked.

        One whose query has been changed since is asked again.
        """
        refused = self._refused
        parts = (part for one in signatures for part in parts_of(one))
        asked = ((part.signature, part.query) for part in parts)
        return {key[0]: refused[key] for key in asked if key in refused}

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        """What is there now, by build identity, in one request for up to 500 builds; nothing seen: left out.

        The logs of a build are those of its earlier attempts as well, in ``readiness`` as in ``match``.
        Where something was not searched, a build of which nothing was seen stands there, as ``partial``.
        """
        known = list(self._ids(builds).items())
        seen: dict[str, LogsSeen] = {}
        for start in range(0, len(known), question.BUILDS_PER_READINESS):
            part = known[start : start + question.BUILDS_PER_READINESS]
            asked = _every(ids for _, ids in part)
            said = self._search(question.readiness(self._layout, asked, self._settings.timeout))
            logs = answer.readiness(said, asked)
            for identity, ids in part:
                if there := [logs[one] for one in ids if one in logs]:
                    seen[identity] = answer.together(there)
        return seen

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """All signatures against all builds, by build identity, in one request (see ``question.parts`` for the limit).

        A signature that the cluster cannot read fails the whole request; then each is asked by itself, in one more
        request, and the bad ones are left out from then on (see ``refused``).  Where a signature that names tests was
        found, one more request asks which tests failed; where a build has lines for all parts of a compound one, some
        of its log files are read (see ``cluster_compound``).
        """
        answers = {build.identity: BuildAnswer(absent=True, notes=(NO_ID,)) for build in builds}
        refused = self.refused(signatures)
        asked = _asked([one for one in signatures if one.name not in refused])
        wanted: dict[str, tuple[Build, ToRead]] = {}
        for some in question.parts(self._ids(builds), len(asked.plain), len(asked.parts)):
            found = self._found(asked, _every(some.values()))
            compounds = asked.compounds_but(self.refused(signatures))
            for build in builds:
                if ids := some.get(build.identity):
                    answers[build.identity] = _answer(build, ids, found, asked.plain)
                    reading = _to_read(ids, found, compounds)
                    if reading.signatures or reading.notes:
                        wanted[build.identity] = (build, reading)
        answers = with_compounds(answers, wanted, self._reader)
        tests = AskForTests(self._layout, self._search_tests, self._settings.timeout)
        return with_failed_tests(answers, signatures, self._ids(builds), tests)

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        """The lines that may tell why each failed, by build identity, in one request for up to 50 ids of builds.

        Of a build with several attempts those of the last one that has any; a build without lines is left out.
        """
        known, builds_by = self._ids(builds), {build.identity: build for build in builds}
        every = _every(known.values())
        found: dict[str, tuple[Hit, ...]] = {}
        for start in range(0, len(every), cluster_lines.IDS_A_REQUEST):
            found |= self._lines(every[start : start + cluster_lines.IDS_A_REQUEST])
        told = {}
        for identity, ids in known.items():
            if last := next((one for one in ids if one in found), None):
                build = of_attempt(builds_by[identity], last)
                told[identity] = tuple(evidence(hit, build) for hit in found[last])
        return told

    def validate(self, signature: Signature) -> str | None:
        """Why the cluster cannot read one of a signature's queries, None where it can.

        ``Transient`` where there is no index to try it on: then any query passes for valid.  A role that may only
        read is refused the validation (403); then a search that asks for nothing tells.
        """
        reasons = (self._validate(part.query) for part in parts_of(signature))
        return next((why for why in reasons if why is not None), None)

    def check(self) -> Sequence[str]:
        """What is wrong with the indices, each with what to do; empty where signatures can be searched in them."""
        said = self._engine.fields(list(self._layout.types), self._index)
        return answer.field_problems(said, self._layout, self._settings.index)

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

    def _ids(self, builds: Sequence[Build]) -> dict[str, tuple[str, ...]]:
        """The ids that the documents of each build can hold, by build identity: the last attempt's first.

        Several cases may wait for the same build; one of them may know more of it.  A build without ids is left out.
        """
        known: dict[str, tuple[str, ...]] = {}
        for build in builds:
            if ids := self._layout.ids_of((*known.get(build.identity, ()), build.uuid, *build.attempt_uuids)):
                known[build.identity] = ids
        return known

    def _validate(self, query: str) -> str | None:
        try:
            return answer.validity(self._engine.validate(question.validation(query), self._index))
        except BadQuestion as error:
            return error.reason
        except Misconfigured:
            return self._validate_by_search(query)

    def _search(self, body: Json) -> object:
        """One search without any signature in it: what is refused then is a matter of the indices."""
        try:
            return self._engine.search(body, question.options(self._index))
        except BadQuestion as error:
            raise self._fields_refused(error.reason) from None

    def _search_tests(self, body: Json) -> object:
        index = question.indices(f"{self._settings.index},{self._settings.subunit_index}")
        return self._engine.search(body, question.options(index))

    def _fields_refused(self, reason: str) -> Misconfigured:
        return Misconfigured(
            f"{self._settings.url} refuses to search builds in {self._settings.index}, whose fields are not as the "
            f"preset {self._settings.fields} wants them; run gerritbot-er check-config --online: {reason}"
        )

    def _lines(self, ids: Sequence[str]) -> cluster_lines.Lines:
        bodies = cluster_lines.searches(self._layout, ids, self._settings.timeout)
        try:
            said = self._engine.search_many(bodies, question.options(self._index))
        except BadQuestion as error:
            raise self._fields_refused(error.reason) from None
        replies = answer.replies(said, len(bodies))
        for one in replies:
            self._expect_answer(one)
        return cluster_lines.lines(replies, ids)

    def _expect_answer(self, reply: object) -> None:
        """Raise what one answer out of many refuses."""
        if (status := answer.status(reply)) != HTTPStatus.OK:
            refused = refusal(status, {}, reply, self._settings)
            raise self._fields_refused(refused.reason) if isinstance(refused, BadQuestion) else refused

    def _found(self, asked: "_Asked", builds: Sequence[str]) -> Found:
        queries, parts = [part.query for part in asked.plain], [part.query for part in asked.parts]
        body = question.match(self._layout, queries, builds, self._settings.timeout, parts)
        if not queries and not parts:
            return answer.matches(self._search(body), 0)
        try:
            said = self._engine.search(body, question.options(self._index))
            found = answer.matches(said, len(queries), len(parts))
        except BadQuestion:
            return self._found_one_by_one(asked, builds)
        return self._found_one_by_one(asked, builds) if found.unreadable else found

    def _found_one_by_one(self, asked: "_Asked", builds: Sequence[str]) -> Found:
        layout, limit = self._layout, self._settings.timeout
        bodies = [question.match(layout, [], builds, limit)]
        bodies += [question.match_one(layout, part.query, builds, limit) for part in asked.plain]
        bodies += [question.match_part(layout, part.query, builds, limit) for part in asked.parts]
        try:
            said = self._engine.search_many(bodies, question.options(self._index))
        except BadQuestion as error:
            raise self._fields_refused(error.reason) from None
        first, *others = answer.replies(said, len(bodies))
        self._expect_answer(first)
        whole = answer.matches(first, 0)
        plain = [answer.reply(one) for one in others[: len(asked.plain)]]
        parts = [answer.reply(one, part=True) for one in others[len(asked.plain) :]]
        self._remember([*asked.plain, *asked.parts], (reply.refused for reply in (*plain, *parts)))
        partial = whole.partial or any(reply.partial and reply.refused is None for reply in (*plain, *parts))
        hits, files = tuple(reply.hits for reply in plain), tuple(reply.files for reply in parts)
        return Found(whole.owners, hits, partial, files=files)

    def _remember(self, asked: Sequence[Part], reasons: Iterable[str | None]) -> None:
        bad = {(one.signature, one.query): why for one, why in zip(asked, reasons, strict=True) if why is not None}
        for (name, _), why in bad.items():
            _LOG.warning("signature %s is left out, the cluster cannot read its query: %s", name, why)
        self._refused = {**self._refused, **bad}

    def _validate_by_search(self, query: str) -> str | None:
        body: Json = {"size": 0, "track_total_hits": False, **question.validation(query)}
        try:
            answer.matches(self._engine.search(body, question.options(self._index)), 0)
        except BadQuestion as error:
            return error.reason
        return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one request asks: the queries of plain signatures, and the parts of compound ones, one after the other."""

    plain: Sequence[Part]
    parts: Sequence[Part]
    compounds: Sequence[tuple[Signature, slice]]

    def compounds_but(self, refused: Container[str]) -> Sequence[tuple[Signature, slice]]:
        """The compound signatures of which every part was asked, each with the places of its parts."""
        return [one for one in self.compounds if one[0].name not in refused]


def _asked(signatures: Sequence[Signature]) -> _Asked:
    plain: list[Part] = []
    parts: list[Part] = []
    compounds = []
    for one in signatures:
        if one.compound is None:
            plain += parts_of(one)
        else:
            first = len(parts)
            parts += parts_of(one)
            compounds.append((one, slice(first, len(parts))))
    return _Asked(plain, parts, compounds)


def _to_read(ids: Sequence[str], found: Found, compounds: Sequence[tuple[Signature, slice]]) -> ToRead:
    """What has to be read of a build whose attempts have these ids."""
    attempts = (
        [(signature, [files.get(one, Files()) for files in found.files[places]]) for signature, places in compounds]
        for one in ids
    )
    return together(to_read(attempt, partial=found.partial) for attempt in attempts)


def _every(ids: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(ids)))


def _answer(build: Build, ids: Sequence[str], found: Found, asked: Sequence[Part]) -> BuildAnswer:
    """What was found under all ids of a build; of a signature that hit in several attempts the last one is shown."""
    matches = tuple(
        Match(part.signature, evidence(hit, of_attempt(build, attempt)))
        for part, attempt, hit in _hits(ids, found, asked)
    )
    owners = [found.owners[one] for one in ids if one in found.owners]
    # What a partial answer does not show may well be there.
    absent = not owners and not found.partial and not matches
    return BuildAnswer(matches, found.partial, absent, frozenset().union(*owners))


def _hits(ids: Sequence[str], found: Found, asked: Sequence[Part]) -> Iterator[tuple[Part, str, Hit]]:
    for part, hits in zip(asked, found.hits, strict=True):
        attempt = next((one for one in ids if one in hits), None)
        if attempt is not None:
            yield part, attempt, hits[attempt]
