"""Opens the log stores and the CIs' own servers that the settings name, for the daemon and for a replay."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from .builds import build_info, web_client
from .logs.cluster import open_cluster
from .logs.local import LocalLogStore
from .ports import BuildInfo, LogStore
from .settings import CI, ClusterStore, Settings


def open_stores(settings: Settings, environ: Mapping[str, str], closing: ExitStack) -> dict[str, LogStore]:
    """The log stores by name, closed with ``closing``; ``Misconfigured`` where a secret cannot be read."""
    return {name: _open_store(settings, name, environ, closing) for name in settings.log_stores}


def _open_store(settings: Settings, name: str, environ: Mapping[str, str], closing: ExitStack) -> LogStore:
    store = settings.log_stores[name]
    if isinstance(store, ClusterStore):
        cluster = open_cluster(store, environ)
        closing.callback(cluster.close)
        return cluster
    return closing.enter_context(LocalLogStore(store, [ci for ci in settings.cis if ci.log_store == name]))


def open_infos(settings: Settings, monotonic: Callable[[], float], closing: ExitStack) -> dict[str, BuildInfo]:
    """The CIs' own servers by the CI's name, closed with ``closing``."""
    return {ci.name: _open_info(ci, monotonic, closing) for ci in settings.cis}


def _open_info(ci: CI, monotonic: Callable[[], float], closing: ExitStack) -> BuildInfo:
    http = web_client(ci, monotonic)
    closing.callback(http.close)
    return build_info(ci, http)
