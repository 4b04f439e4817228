"""The ports: what the middle needs from the world, as Protocols that adapters fill.

Every method may raise ``errors.Transient`` (try again), ``errors.Permanent`` (never) or ``errors.Misconfigured``;
nothing else leaves an adapter.  Those that the way of a failure goes by are imported from here; ``reading`` and
``past`` are for other readers.
"""

from .bugs import NO_BUGS, BugCache, BugRecord, Bugs, Tracker
from .cases import Batch, Brakes, Cases, Outages, Spoken
from .gerrit import Groups, History
from .logs import BuildInfo, Comparisons, LogStore
from .monitoring import NO_BOARD, NO_METER, Board, Meter
from .posting import FOLLOW_UP, GERRIT_SINK, IRC_SINK, Notices, Outbox, Post, Posting, Reviews
from .running import AtFailpoint, Calls, Clock, Done, Failpoint, no_failpoint
from .sightings import Sightings, SightingsIndex, Unsent, UnsentBuilds

__all__ = [
    "FOLLOW_UP",
    "GERRIT_SINK",
    "IRC_SINK",
    "NO_BOARD",
    "NO_BUGS",
    "NO_METER",
    "AtFailpoint",
    "Batch",
    "Board",
    "Brakes",
    "BugCache",
    "BugRecord",
    "Bugs",
    "BuildInfo",
    "Calls",
    "Cases",
    "Clock",
    "Comparisons",
    "Done",
    "Failpoint",
    "Groups",
    "History",
    "LogStore",
    "Meter",
    "Notices",
    "Outages",
    "Outbox",
    "Post",
    "Posting",
    "Reviews",
    "Sightings",
    "SightingsIndex",
    "Spoken",
    "Tracker",
    "Unsent",
    "UnsentBuilds",
    "no_failpoint",
]
