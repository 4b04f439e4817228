"""Where logs are searched: a cluster, or on this machine."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from .values import STRICT, Bytes, Count, HttpUrl, Network, Percent, Seconds, Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ClusterStore:
    """An Elasticsearch or OpenSearch cluster that holds one document per log line.

    ``subunit_index`` has one document per test; it is asked for signatures that name tests.  For compound signatures a
    few log files are fetched from the CI's log hosts: ``allow_private`` lists networks of private addresses that they
    may be fetched from (none by default), ``logs_ca_file`` is for those hosts.
    """

    kind: Literal["elasticsearch", "opensearch"]
    url: HttpUrl
    index: Text = "logstash-logs-*"
    subunit_index: str = "subunit-*"
    username: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    api_key_file: Path | None = None
    api_key_env: str | None = None
    ca_file: Path | None = None
    proxy: HttpUrl | None = None
    fields: Literal["opendev", "logstash-legacy"] = "opendev"
    allow_private: tuple[Network, ...] = ()
    logs_ca_file: Path | None = None
    timeout: Seconds = 30.0
    give_up: Seconds = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Keep:
    """The logs that were fetched are kept in ``directory``, so that signatures can be tried on them.

    Those of failed builds, and of ``successes`` percent of the successful ones; for ``time``, and up to ``size`` bytes
    on disk, the oldest are dropped first.
    """

    directory: Path
    time: Annotated[Seconds, Field(gt=0)] = 14 * 86_400.0
    size: Annotated[Bytes, Field(gt=0)] = 20_000_000_000
    successes: Percent = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class LocalStore:
    """No cluster: a failed build's logs are fetched from where the CI keeps them and matched here.

    Sizes are bytes after decompression; ``allow_private`` lists networks of private addresses that logs may be
    fetched from (none by default).  ``keep``: what was fetched stays on this machine for a while.
    """

    kind: Literal["local"]
    workers: Annotated[int, Field(ge=1, le=16)] = 2
    files_per_build: Count = 200
    bytes_per_file: Count = 256 * 1024 * 1024
    bytes_per_build: Count = 1024 * 1024 * 1024
    time_per_build: Seconds = 300.0
    bytes_per_second: Count = 16 * 1024
    ca_file: Path | None = None
    allow_private: tuple[Network, ...] = ()
    give_up: Seconds = 600.0
    keep: Keep | None = None


LogStore = Annotated[ClusterStore | LocalStore, Field(discriminator="kind")]
