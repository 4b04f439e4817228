"""Past builds of a CI's own server: the list is asked for, their logs are fetched once and kept in the user's cache.

What is kept already is not fetched again, so that a run that was ended goes on where it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gerritbot_er.builds.past import jenkins_builds, tenants, zuul_builds
from gerritbot_er.errors import Misconfigured, Permanent
from gerritbot_er.http_client import HttpClient, Limits, TooLarge
from gerritbot_er.http_client.addresses import Gate, plain_host
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.model import Build, BuildAnswer, Signature
from gerritbot_er.ports import Clock
from gerritbot_er.settings import CI, Keep, LocalStore

from .from_retained import RetainedBuilds
from .past import PastBuild, Progress, latest

_KEPT_FOR = 30 * 86_400.0
_KEPT_BYTES = 10_000_000_000
"""On disk, of all CIs together."""
_API = Limits(connect=10, silence=30, total=120, packed=16 * 1024 * 1024, plain=64 * 1024 * 1024)

Fetched = Callable[[int, int], None]
"""Told how many builds' logs are here, of how many."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which builds of which CI: ``web`` is the root of its pages, ``tenant`` None where the URL names none."""

    web: str
    tenant: str | None
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hands:
    """What the fetching needs of the world, and whom it tells."""

    clock: Clock
    say: Progress
    fetched: Fetched


class FetchedBuilds:
    """``PastBuilds`` of a CI; ``folder`` is where fetched logs are kept."""

    lasting = False

    def __init__(self, asked: Asked, folder: Path, limits: LocalStore, hands: Hands) -> None:
        self._asked = asked
        self._keep = Keep(directory=folder, time=_KEPT_FOR, size=_KEPT_BYTES)
        self._logs = RetainedLogs(folder)
        self._limits = limits
        self._hands = hands
        self._kept = RetainedBuilds(folder, hands.say)
        self._without: Mapping[str, BuildAnswer] = {}

    @property
    def name(self) -> str:
        return self._asked.web

    def builds(self, since: float | None, last: int | None) -> Sequence[PastBuild]:
        listed = latest([PastBuild(build) for build in self._list(last)], since, last)
        self._logs.prepare()
        self._logs.prune(self._hands.clock.now(), _KEPT_FOR, _KEPT_BYTES)
        missing = self._fetch(listed)
        kept = {(past.build.ci, past.build.identity): past for past in self._kept.builds(None, None)}
        found = [kept.get((past.build.ci, past.build.identity), past) for past in listed]
        self._without = {
            past.build.identity: _without_logs(missing.get(past.build.identity)) for past in found if not past.state
        }
        return found

    def match(
        self, signatures: Sequence[Signature], builds: Sequence[PastBuild]
    ) -> Iterator[tuple[PastBuild, BuildAnswer]]:
        yield from ((past, self._without[past.build.identity]) for past in builds if not past.state)
        yield from self._kept.match(signatures, [past for past in builds if past.state])

    def _list(self, last: int | None) -> Sequence[Build]:
        asked, most = self._asked, last or 0
        own = urlsplit(asked.web).hostname
        gate = Gate((), own_hosts=(own,) if own else ())
        trusted, clock = self._limits.ca_file, self._hands.clock.monotonic
        with HttpClient(gate, limits=_API, ca_file=trusted, clock=clock) as http, _refusal_is_ours():
            tenant = asked.tenant or self._tenant(http)
            if tenant is not None:
                return zuul_builds(http, asked.web, tenant, asked.jobs, most)
            if not asked.jobs:
                raise Misconfigured(
                    f"{asked.web} lists no tenants as a Zuul does: name one with --tenant, or a Jenkins job with --job"
                )
            return [build for job in asked.jobs for build in jenkins_builds(http, asked.web, job, most)]

    def _tenant(self, http: HttpClient) -> str | None:
        """The only tenant of a Zuul; None where there is no Zuul."""
        known = tenants(http, self._asked.web)
        if known is not None and len(known) != 1:
            raise Misconfigured(
                f"{self._asked.web} has the tenants {', '.join(sorted(known)) or '(none)'}: say which with --tenant"
            )
        return known[0] if known else None

    def _fetch(self, listed: Sequence[PastBuild]) -> Mapping[str, str]:
        """Fetch what is not kept yet; why there are no logs of a build, by its identity."""
        wanted = [past.build for past in listed if past.build.log_urls]
        kept = {(one.build.ci, one.build.identity) for one in self._logs.builds(self._hands.say)}
        left = [build for build in wanted if (build.ci, build.identity) not in kept]
        done = len(wanted) - len(left)
        self._hands.fetched(done, len(wanted))
        missing: dict[str, str] = {}
        with LocalLogStore(self._limits, self._cis(left), LogKeeper(self._keep)) as store:
            pool = ThreadPoolExecutor(self._limits.workers, "log fetcher")
            try:
                futures = {pool.submit(store.match, (), [build]): build for build in left}
                for future in as_completed(futures):
                    identity = futures[future].identity
                    answer = future.result()[identity]
                    if answer.absent or answer.partial:
                        missing[identity] = "; ".join(answer.notes) or "its logs are not there any more"
                    done += 1
                    self._hands.fetched(done, len(wanted))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return missing

    @staticmethod
    def _cis(builds: Sequence[Build]) -> Sequence[CI]:
        """Each CI's logs may lie where its own server says that they do."""
        hosts: dict[str, set[str]] = {}
        for build in builds:
            hosts.setdefault(build.ci, set()).update(host for url in build.log_urls if (host := plain_host(url)))
        return [
            CI(name=name, kind="zuul", account="-", log_store="local", log_hosts=tuple(sorted(known)))
            for name, known in hosts.items()
        ]


@contextmanager
def _refusal_is_ours() -> Iterator[None]:
    """A CI that was named and refuses to be asked is no finding about a signature."""
    try:
        yield
    except TooLarge as error:
        raise Misconfigured(f"the CI's list of builds is too long ({error}); ask for fewer, with --last") from error
    except Permanent as error:
        raise Misconfigured(str(error)) from error


def _without_logs(why: str | None) -> BuildAnswer:
    """A build that never had any logs is judged by what its CI says; one whose logs are lost by nothing."""
    return BuildAnswer(absent=why is None, partial=why is not None, notes=(why,) if why else ())
