"""The whole configuration file, with those of its parts that are a few keys."""

from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from .log_stores import LogStore
from .peers import CI, Gerrit, Irc
from .speaking import OutageRules, Replies, Rule, Speaking, Waiting
from .trackers import BugTracker
from .values import STRICT, Address, Index, Name, Pattern, Port

DEFAULT_STATE = Path("/var/lib/gerritbot-er")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Signatures:
    """Where signature files lie, and the URL of a bug that is only known by its number ("{bug}" in it)."""

    directories: Annotated[tuple[Path, ...], Field(min_length=1)]
    bug_url: str = "https://bugs.launchpad.net/bugs/{bug}"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Web:
    """Our own pages: where they are served.  ``public``: other machines may ask directly, without a proxy between."""

    listen: Address = "127.0.0.1"
    port: Port = 8088
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Export:
    """The sightings go to ``index`` of a log store as well, which has to be a cluster: one document a failed build."""

    log_store: Name
    index: Index = "gerritbot-er-sightings"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Settings:
    """The whole configuration file; failures of ``public_projects`` (empty: all) are told on IRC and pages as well."""

    gerrit: Gerrit
    cis: Annotated[tuple[CI, ...], Field(min_length=1)]
    log_stores: Annotated[dict[Name, LogStore], Field(min_length=1)]
    signatures: Signatures
    state: Path = DEFAULT_STATE
    trackers: tuple[BugTracker, ...] = ()
    rules: tuple[Rule, ...] = ()
    public_projects: tuple[Pattern, ...] = ()
    irc: Irc | None = None
    web: Web | None = None
    waiting: Waiting = field(default_factory=Waiting)
    speaking: Speaking = field(default_factory=Speaking)
    outage: OutageRules = field(default_factory=OutageRules)
    replies: Replies = field(default_factory=Replies)
    export: Export | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def stores_in_use(self) -> dict[Name, LogStore]:
        """The log stores that hold some CI's logs; one that gets sightings alone is none of them."""
        used = {ci.log_store for ci in self.cis}
        return {name: store for name, store in self.log_stores.items() if name in used}
