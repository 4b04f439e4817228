"""Where ``signature query`` and ``signature backtest`` find past builds: the options, and the place that they mean."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import click
from pydantic import ValidationError

from gerritbot_er.backtest.from_ci import Asked, FetchedBuilds, Hands
from gerritbot_er.backtest.from_cluster import ClusterBuilds
from gerritbot_er.backtest.from_retained import RetainedBuilds
from gerritbot_er.backtest.past import PastBuilds
from gerritbot_er.ci.build_urls import job_of
from gerritbot_er.clock import SystemClock
from gerritbot_er.errors import GerritbotError, Misconfigured
from gerritbot_er.http_client.addresses import target
from gerritbot_er.logs.local import log_hosts
from gerritbot_er.settings import ClusterStore, LocalStore

from . import common
from .explain_subject import private_networks
from .signature_progress import Shown

_LAST = 50
_FETCHERS = 4
"""Processes that fetch logs at the same time; of one log host all but one."""
_ALL = 100.0
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the options say of the place of past builds."""

    config: Path
    store: str | None
    index: str
    username: str | None
    password_env: str | None
    api_key_env: str | None
    ca_file: Path | None
    ci: str | None
    tenant: str | None
    jobs: tuple[str, ...]
    last: int | None
    since: float | None

    @property
    def most(self) -> int | None:
        """How many builds are asked of: of a CI never all, since each is fetched."""
        return self.last or (_LAST if self.ci else None)


_OPTIONS = (
    click.option(
        "--store",
        metavar="URL|DIR|NAME",
        help="An Elasticsearch or OpenSearch, a folder of retained logs, or a log store of the configuration.",
    ),
    click.option(
        "--from",
        "ci",
        metavar="URL",
        help="A Zuul (https://HOST/t/TENANT) or a Jenkins, whose last builds are fetched into the cache and searched.",
    ),
    click.option("--job", "jobs", metavar="NAME", multiple=True, help="With --from: builds of this job; repeatable."),
    click.option("--tenant", metavar="NAME", help="With --from: Zuul's tenant, where the URL does not tell it."),
    click.option(
        "--last",
        metavar="N",
        type=click.IntRange(1, 100_000),
        help=f"Only the last N builds; with --from {_LAST} unless said otherwise, else all there are.",
    ),
    click.option("--since", type=common.Duration(), help="Only builds that ended so long ago or later, such as 7d."),
    click.option(
        "--index", metavar="PATTERN", default="logstash-logs-*", show_default=True, help="The indices of the --store."
    ),
    click.option("--username", metavar="NAME", help="The user at the --store."),
    click.option("--password-env", metavar="VARIABLE", help="The environment variable with the user's password."),
    click.option("--api-key-env", metavar="VARIABLE", help="The environment variable with an API key instead."),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
        help="The authority of the server's certificate, PEM.",
    ),
    common.with_config,
)


def with_place(command: F) -> F:
    """Give a command the options; it takes them as keywords for ``Place``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def open_past(place: Place, shown: Shown, closing: ExitStack) -> PastBuilds:
    """The past builds that the options mean, closed with ``closing``; UsageError where they mean none or two."""
    if place.ci and place.store:
        raise click.UsageError("give --store or --from: builds are searched in one place")
    if (place.jobs or place.tenant) and not place.ci:
        raise click.UsageError(
            "--job and --tenant belong to --from; jobs of a store are named by the signature's scope"
        )
    if place.ci:
        return _of_ci(place, place.ci, shown)
    if place.store and "://" in place.store:
        cluster = _cluster(place, place.store)
        return closing.enter_context(ClusterBuilds(cluster, os.environ, shown.say, log_hosts=None))
    if place.store and (Path(place.store).is_dir() or os.sep in place.store):
        if not Path(place.store).is_dir():
            raise click.UsageError(f"there is no folder {place.store}")
        return RetainedBuilds(Path(place.store), shown.say)
    return _configured(place, shown, closing)


def _cluster(place: Place, url: str) -> ClusterStore:
    """opensearch-py speaks to OpenSearch and to Elasticsearch from 7 to 9: nobody has to say which it is."""
    try:
        target(url)
        return ClusterStore(
            kind="opensearch",
            url=url,
            index=place.index,
            username=place.username,
            password_env=place.password_env,
            api_key_env=place.api_key_env,
            ca_file=place.ca_file,
            allow_private=private_networks(urlsplit(url).hostname or ""),
        )
    except (GerritbotError, ValueError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise click.UsageError(f"--store: {said} (a user goes to --username, a password to --password-env)") from None


def _configured(place: Place, shown: Shown, closing: ExitStack) -> PastBuilds:
    if not place.config.exists():
        missing = f"{place.store!r} is no folder, and " if place.store else ""
        raise click.UsageError(
            f"{missing}there is no configuration {place.config}: say where past builds are, with --from URL --job NAME "
            "(a Zuul or Jenkins), --store URL (a cluster), --store DIR (retained logs), or -c FILE"
        )
    settings = common.read_config(place.config)
    stores = settings.log_stores
    used = list(dict.fromkeys(ci.log_store for ci in settings.cis))  # another one may be for the export alone
    if place.store is None and len(used) > 1:
        raise click.UsageError(f"{place.config} has several log stores: say --store with one of {', '.join(used)}")
    name = place.store or used[0]
    if name not in stores:
        raise click.UsageError(f"--store {name} is no URL, no folder, and none of {', '.join(stores)}")
    store = stores[name]
    if isinstance(store, ClusterStore):
        hosts = [host for ci in settings.cis if ci.log_store == name for host in log_hosts(ci)]
        return closing.enter_context(ClusterBuilds(store, os.environ, shown.say, log_hosts=hosts))
    return _retained(name, store, place, shown)


def _retained(name: str, store: LocalStore, place: Place, shown: Shown) -> PastBuilds:
    if store.keep is None:
        raise Misconfigured(
            f"{place.config}: the log store {name} keeps no logs; add keep to it, or say --from URL --job NAME"
        )
    share = store.keep.successes
    return RetainedBuilds(store.keep.directory, shown.say, stands_for=_ALL / share if share else 1.0)


def _of_ci(place: Place, url: str, shown: Shown) -> PastBuilds:
    try:
        target(url)
    except GerritbotError as error:
        raise click.UsageError(f"--from: {error}") from None
    web, tenant, job = read_ci(url)
    jobs = place.jobs or ((job,) if job else ())
    limits = LocalStore(
        kind="local",
        workers=_FETCHERS,
        allow_private=private_networks(urlsplit(url).hostname or ""),
        ca_file=place.ca_file,
    )
    hands = Hands(SystemClock(), shown.say, lambda done, of: shown.step("fetching logs", done, of))
    return FetchedBuilds(Asked(web, place.tenant or tenant, jobs), cache_folder() / "builds", limits, hands)


def read_ci(url: str) -> tuple[str, str | None, str | None]:
    """The root of the CI's pages, Zuul's tenant and Jenkins' job, as far as a page of theirs tells them."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    root, found, rest = path.partition("/t/")
    if found and rest:
        return f"{parts.scheme}://{parts.netloc}{root}", unquote(rest.partition("/")[0]), None
    root, _, _ = f"{path}/".partition("/job/")
    return f"{parts.scheme}://{parts.netloc}{root.rstrip('/')}", None, job_of(url) or None


def cache_folder() -> Path:
    """Where what can be had again is kept between two runs."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if chosen.startswith("/") else Path.home() / ".cache") / "gerritbot-er"
