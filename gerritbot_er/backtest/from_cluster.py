"""Past builds in a cluster: listed in pages, asked about in parts, so that progress is seen and kept."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from gerritbot_er.errors import Misconfigured
from gerritbot_er.http_client.addresses import plain_host
from gerritbot_er.logs import question as searching
from gerritbot_er.logs.access import access
from gerritbot_er.logs.cluster import Engine
from gerritbot_er.logs.engines import engine_of
from gerritbot_er.logs.layouts import LAYOUTS
from gerritbot_er.logs.refusals import BadQuestion
from gerritbot_er.model import BuildAnswer, Signature
from gerritbot_er.peers import open_cluster_store
from gerritbot_er.settings import CI, ClusterStore

from .cluster_builds import CI_NAME, question, read
from .past import PastBuild, Progress, latest

_AT_ONCE = 100
"""Builds in one request: with a thousand signatures the answer still comes within a second."""


class ClusterBuilds:
    """``PastBuilds`` over a cluster, as a context manager.

    For compound signatures a few log files are fetched: from ``log_hosts``, which are patterns, or from where the
    documents say that logs lie, if that is None.  ``say`` hears of what cannot be searched.
    """

    lasting = False

    def __init__(
        self, settings: ClusterStore, environ: Mapping[str, str], say: Progress, *, log_hosts: Sequence[str] | None
    ) -> None:
        """Nothing is sent yet; ``Misconfigured`` where a secret or certificate cannot be read."""
        self._settings = settings
        self._layout = LAYOUTS[settings.fields]
        self._environ = environ
        self._say = say
        self._log_hosts = log_hosts
        self._closing = ExitStack()
        self._engine: Engine = engine_of(settings, access(settings, environ))
        self._closing.callback(self._engine.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def name(self) -> str:
        return f"{self._settings.index} at {self._settings.url}"

    def builds(self, since: float | None, last: int | None) -> Sequence[PastBuild]:
        found: list[PastBuild] = []
        after = None
        while True:
            page = read(self._layout, self._search(question(self._layout, after, since, self._settings.timeout)))
            found += page.builds
            after = page.after
            if after is None:
                return latest(found, since, last)

    def match(
        self, signatures: Sequence[Signature], builds: Sequence[PastBuild]
    ) -> Iterator[tuple[PastBuild, BuildAnswer]]:
        hosts = self._log_hosts
        if hosts is None:
            hosts = sorted({host for past in builds for url in past.build.log_urls if (host := plain_host(url))})
        ci = CI(name=CI_NAME, kind="zuul", account="-", log_store="local", log_hosts=tuple(hosts))
        with ExitStack() as closing:
            store = open_cluster_store(self._settings, [ci], self._environ, closing)
            for start in range(0, len(builds), _AT_ONCE):
                part = builds[start : start + _AT_ONCE]
                answers = store.match(signatures, [past.build for past in part])
                yield from ((past, answers[past.build.identity]) for past in part)
            for name, why in store.refused(signatures).items():
                self._say(f"signature {name} was not searched for, the cluster cannot read its query: {why}")

    def _search(self, body: searching.Json) -> object:
        options = searching.options(searching.indices(self._settings.index))
        try:
            return self._engine.search(body, options)
        except BadQuestion as error:
            raise Misconfigured(
                f"{self._settings.url} cannot list the builds in {self._settings.index}: {error.reason}; the index "
                f"needs {self._layout.build} and @timestamp"
            ) from None
