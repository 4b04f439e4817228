"""The settings: what the configuration file may say, as typed and validated frozen dataclasses.

Durations are seconds; the file may write them as ``30s``, ``10m``, ``1h``, ``14d`` or a plain number of seconds.
Sizes are bytes; ``20GB`` is 20,000,000,000 of them, ``20GiB`` 20 * 1024 * 1024 * 1024.
Patterns are exact names, ``*`` globs, or regular expressions between slashes.

All rooms import them from here, as the file that they come from is one.
"""

from .log_stores import ClusterStore, Keep, LocalStore, LogStore
from .peers import CI, ChannelRule, Gerrit, Irc
from .speaking import OutageRules, Replies, Rule, Speaking, Waiting
from .trackers import PLACE, BugTracker, KnownTracker, OtherTracker
from .values import duration
from .whole import DEFAULT_STATE, Export, Settings, Signatures, Web

__all__ = [
    "CI",
    "DEFAULT_STATE",
    "PLACE",
    "BugTracker",
    "ChannelRule",
    "ClusterStore",
    "Export",
    "Gerrit",
    "Irc",
    "Keep",
    "KnownTracker",
    "LocalStore",
    "LogStore",
    "OtherTracker",
    "OutageRules",
    "Replies",
    "Rule",
    "Settings",
    "Signatures",
    "Speaking",
    "Waiting",
    "Web",
    "duration",
]
