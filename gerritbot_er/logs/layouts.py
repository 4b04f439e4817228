"""How the documents in a cluster name what is needed of them: the field presets of a cluster.

Sources: OpenStack's ci-log-processing of today, and the logstash that elastic-recheck asked up to 2021.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

TIME = "@timestamp"
IDS_PER_BUILD = 10
"""A build's own id and those of its latest earlier attempts, of which Zuul makes two unless a job says otherwise; so
many that 500 builds stay well below a cluster's limits on values (65,536) and buckets."""

_HEX = re.compile(r"[0-9a-f]{1,32}")


@dataclass(frozen=True, slots=True)
class Layout:
    """One preset.  ``build`` and ``file`` are fields that hold exact values.

    ``id_digits``: how many hexadecimal digits of a build's id the documents hold; ``consoles``: the files that say that
    a build's logs have begun to come; ``console_end``: a query that only the last lines of a console match, where
    consoles come in pieces; ``types``: what the fields must be mapped as, without which nothing is found and no server
    says so.
    """

    name: str
    build: str
    file: str
    id_digits: int
    consoles: tuple[str, ...]
    console_end: str | None
    types: Mapping[str, frozenset[str]]

    def build_id(self, uuid: str | None) -> str | None:
        """The id as the documents hold it, lower-case hexadecimal digits; None where too few of them are known."""
        known = (uuid or "").lower()
        return known[: self.id_digits] if len(known) >= self.id_digits and _HEX.fullmatch(known) else None

    def ids_of(self, uuids: Iterable[str | None]) -> tuple[str, ...]:
        """The ids that documents of a build can hold: of its uuid and of its earlier attempts, in this order."""
        known = (self.build_id(uuid) for uuid in uuids)
        return tuple(islice(dict.fromkeys(one for one in known if one is not None), IDS_PER_BUILD))


_TEXT = frozenset({"text", "match_only_text"})
_EXACT = frozenset({"keyword"})
_DATE = frozenset({"date", "date_nanos"})

OPENDEV = Layout(
    name="opendev",
    # A phrase on the analysed field also finds longer names: a build is told by the exact value only.
    build="build_uuid.keyword",
    file="filename.keyword",
    id_digits=32,
    # The last one is sent for builds without logs.
    consoles=("job-output.txt", "console.html", "custom-job-results.txt"),
    console_end=None,
    types={
        "message": _TEXT,
        TIME: _DATE,
        "build_uuid.keyword": _EXACT,
        "filename.keyword": _EXACT,
        "tags": _TEXT,
    },
)
"""OpenStack's log processing of today: one document per line, all strings analysed, exact values as ``.keyword``."""

LOGSTASH_LEGACY = Layout(
    name="logstash-legacy",
    build="build_short_uuid",
    file="filename",
    id_digits=7,
    consoles=("job-output.txt", "console.html"),
    console_end='message:"POST-RUN END" OR message:"[Zuul] Job complete" OR message:"Copying console log"',
    types={"message": _TEXT, TIME: _DATE, "build_short_uuid": _EXACT, "filename": _EXACT, "tags": _EXACT},
)
"""OpenStack's logstash up to 2021: events of several lines, paths as file names, only ``message`` analysed.

Seven digits of an id are few: the change that the documents name tells a build from others.
"""

LAYOUTS: Mapping[str, Layout] = {layout.name: layout for layout in (OPENDEV, LOGSTASH_LEGACY)}
