"""Opens the log stores, the CIs' own servers and Gerrit's history as the settings name them, for whoever joins them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import MappingProxyType

from . import dependencies
from .builds import build_info, client_for
from .errors import Misconfigured
from .gerrit.choose_history import BestHistory
from .gerrit.events_log import EventsLog
from .gerrit.history import GerritHistory
from .gerrit.rest import GerritRest
from .gerrit.rest_history import RestHistory
from .gerrit.ssh import Connection
from .logs.again import ClusterAgain, KeptAgain
from .logs.cluster import ClusterStore as ClusterLogStore
from .logs.cluster import open_cluster
from .logs.keeper import LogKeeper
from .logs.local import LocalLogStore
from .logs.sightings_index import SightingsIndex, open_index
from .metered import metered
from .ports import NO_BOARD, NO_METER, Board, BuildInfo, Clock, History, LogStore, Meter
from .ports.past import PastLogs, Trials
from .secret import read_secret
from .settings import CI, ClusterStore, Export, LocalStore, Settings
from .triage.cases import may_be_kept
from .triage.past_builds import Place

GERRIT_SSH = "Gerrit's SSH"
_READERS = 2
_MOST_FILES = 50
"""Of one build beside a cluster; a file's name may stand for several hosts."""


def open_stores(
    settings: Settings,
    environ: Mapping[str, str],
    closing: ExitStack,
    keepers: Mapping[str, LogKeeper] = MappingProxyType({}),
) -> dict[str, LogStore]:
    """The log stores of the CIs by name, closed with ``closing``; ``Misconfigured`` where a secret cannot be read.

    What is fetched for one of ``keepers``, by the name of its store, is kept.
    """
    return {name: _open_store(settings, name, environ, closing, keepers.get(name)) for name in settings.stores_in_use}


def keepers_of(settings: Settings) -> dict[str, LogKeeper]:
    """Those that keep logs on this machine, by the name of their log store."""
    keeping = {name: store.keep for name, store in settings.stores_in_use.items() if isinstance(store, LocalStore)}
    return {
        name: LogKeeper(keep, lambda build: may_be_kept(build, settings.rules))
        for name, keep in keeping.items()
        if keep is not None
    }


def past_places(
    settings: Settings, stores: Mapping[str, LogStore], keepers: Mapping[str, LogKeeper], trials: Trials
) -> list[Place]:
    """Where past builds are searched again, a place for each log store."""
    places = []
    for name, store in stores.items():
        cis = [ci.name for ci in settings.cis if ci.log_store == name]
        logs: PastLogs | None = None
        if not isinstance(store, LocalLogStore):
            logs = ClusterAgain(store, partial(trials.good, cis))
        elif name in keepers:
            logs = KeptAgain(store, keepers[name])
        places.append(Place(name, cis, logs))
    return places


def _open_store(
    settings: Settings, name: str, environ: Mapping[str, str], closing: ExitStack, keeper: LogKeeper | None
) -> LogStore:
    store = settings.log_stores[name]
    cis = [ci for ci in settings.cis if ci.log_store == name]
    if isinstance(store, ClusterStore):
        return open_cluster_store(store, cis, environ, closing)
    return closing.enter_context(LocalLogStore(store, cis, keeper))


def open_cluster_store(
    store: ClusterStore, cis: Sequence[CI], environ: Mapping[str, str], closing: ExitStack
) -> ClusterLogStore:
    """A cluster, with the reader of log files that compound signatures need; closed with ``closing``."""
    reading = LocalStore(
        kind="local",
        workers=_READERS,
        files_per_build=_MOST_FILES,
        allow_private=store.allow_private,
        ca_file=store.logs_ca_file,
    )
    reader = closing.enter_context(LocalLogStore(reading, cis))
    return closing.enter_context(open_cluster(store, environ, reader))


def open_export(export: Export, settings: Settings, environ: Mapping[str, str], closing: ExitStack) -> SightingsIndex:
    """The index that gets the sightings, closed with ``closing``; its cluster's settings were found to be one's."""
    store = settings.log_stores[export.log_store]
    if isinstance(store, LocalStore):
        raise Misconfigured(f"export: {export.log_store} is no cluster; name one of log_stores that is")
    return closing.enter_context(open_index(store, export.index, environ))


def open_infos(settings: Settings, monotonic: Callable[[], float], closing: ExitStack) -> dict[str, BuildInfo]:
    """The CIs' own servers by the CI's name, closed with ``closing``."""
    return {ci.name: _open_info(ci, monotonic, closing) for ci in settings.cis}


def _open_info(ci: CI, monotonic: Callable[[], float], closing: ExitStack) -> BuildInfo:
    http = client_for(ci, monotonic)
    closing.callback(http.close)
    return build_info(ci, http)


def open_rest(settings: Settings, environ: Mapping[str, str], clock: Clock, closing: ExitStack) -> GerritRest | None:
    """Gerrit's REST API, closed with ``closing``; None where no HTTP password is configured."""
    gerrit = settings.gerrit
    password = read_secret(gerrit.http_password_file, gerrit.http_password_env, environ)
    if password is None:
        return None
    rest = GerritRest(gerrit, password, clock=clock.monotonic)
    closing.callback(rest.close)
    return rest


def open_history(
    settings: Settings,
    ssh: Connection,
    environ: Mapping[str, str],
    clock: Clock,
    closing: ExitStack,
    *,
    board: Board = NO_BOARD,
    meter: Meter = NO_METER,
) -> History:
    """Gerrit's history over SSH, and before that by the events log and REST where an HTTP password is configured."""
    over_ssh: History = metered(GerritHistory(ssh, username=settings.gerrit.username), GERRIT_SSH, meter, clock)
    rest = open_rest(settings, environ, clock, closing)
    if rest is None:
        return over_ssh
    from_rest = RestHistory(rest, authors=[ci.account for ci in settings.cis], username=settings.gerrit.username)
    by_rest = metered(from_rest, f"Gerrit's {dependencies.REST}", meter, clock)
    events_log = metered(EventsLog(rest, now=clock.now), f"Gerrit's {dependencies.EVENTS_LOG}", meter, clock)
    return BestHistory(events_log=events_log, rest=by_rest, ssh=over_ssh, clock=clock.monotonic, board=board)
