"""A query that was brought over finds in an event's lines whatever the old one found in the folded event."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV, compile_query, parse
from gerritbot_er.signatures.migrate.notes import CannotCarry
from gerritbot_er.signatures.migrate.query import carry_over

WORDS = ["Zebra", "Yak", "Wolf", "Vole"]
MESSAGES = st.sampled_from([f'message:"{word}"' for word in WORDS])
FIELDS = st.sampled_from(
    [
        'tags:"console"',
        "tags:screen-n-cpu.txt",
        'filename:"logs/screen-n-cpu.txt"',
        "filename:logs*screen-n-*",
        'filename:"console.html"',
        "build_queue:check",
        'build_queue:"check-long"',
        "build_name:gate-*",
        'build_status:"FAILURE"',
        'loglevel:"ERROR"',
        'module:"nova.compute"',
        'project:"openstack/nova"',
        "voting:1",
    ]
)


def grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joint = st.sampled_from([" AND ", " OR ", " AND NOT ", " "])
    return st.tuples(inner, joint, inner, joint, inner).map(lambda five: f"({''.join(five)})")


QUERIES = grouped(st.recursive(MESSAGES | MESSAGES | FIELDS, grouped, max_leaves=6))
LINES = st.lists(st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join), min_size=1, max_size=3)
BUILDS = st.fixed_dictionaries(
    {
        "build_queue": st.sampled_from(["check", "check-long", "gate"]),
        "build_name": st.sampled_from(["gate-nova", "other"]),
        "build_status": st.sampled_from(["FAILURE", "SUCCESS"]),
        "project": st.sampled_from(["openstack/nova", "openstack/nova-specs"]),
    }
)


def folded(lines: Sequence[str], build: dict[str, str], *, console: bool) -> dict[str, object]:
    """As the old index held an event: what begins a service's line is cut off into fields."""
    if console:
        return {**build, "message": lines[0], "filename": "console.html", "tags": ["console", "console.html"]}
    of_line = {"loglevel": "ERROR", "module": "nova.compute", "filename": "logs/screen-n-cpu.txt"}
    return {**build, **of_line, "message": "\n".join(lines), "tags": ["screen", "screen-n-cpu.txt"], "voting": "1"}


def unfolded(lines: Sequence[str], build: dict[str, str], *, console: bool) -> list[dict[str, object]]:
    """The same as an index of today holds it."""
    if console:
        tags = ["console", "console.html", "job-output.txt"]
        return [{**build, "message": lines[0], "filename": "job-output.txt", "tags": tags}]
    place: dict[str, object] = {**build, "filename": "screen-n-cpu.txt", "tags": ["screen", "screen-n-cpu.txt"]}
    header = "2014-01-01 10:00:00.000 77 ERROR nova.compute "
    return [{**place, "message": f"{header}{line}" if number == 0 else line} for number, line in enumerate(lines)]


@given(QUERIES, LINES, BUILDS, st.booleans())
def test_nothing_is_lost(query: str, lines: list[str], build: dict[str, str], console: bool) -> None:  # noqa: FBT001
    if not compile_query(parse(query), LOGSTASH_LEGACY).matches(folded(lines, build, console=console)):
        return
    try:
        queries = carry_over(query).queries or (query,)
    except CannotCarry:
        return
    documents = unfolded(lines, build, console=console)
    for each in queries:
        matcher = compile_query(parse(each), OPENDEV)
        assert any(matcher.matches(document) for document in documents), f"lost {query}: {each}"
