"""The arrows between the rooms, as docs/rooms.rst draws them: read from every import, also those within functions."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import gerritbot_er

ROOT = Path(gerritbot_er.__file__).parent
ADAPTERS = frozenset({"gerrit", "builds", "logs", "chat", "state", "trackers", "web"})
OUTSIDE = frozenset(
    {"asyncio", "elasticsearch", "flask", "http", "irc", "multiprocessing", "opensearchpy", "paramiko"}
    | {"prometheus_client", "requests", "socket", "sqlite3", "subprocess", "urllib3", "waitress"}
)
"""What speaks to the world, or waits for it."""


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    return name.removesuffix(".__init__")


def room_of(module: str) -> str:
    return f"{module}.".split(".")[1]


def imports_of(path: Path, known: frozenset[str]) -> Iterator[str]:
    """The modules that a file names, ours by their whole name; a package's face stands for what it hands on."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            base = ".".join(filter(None, (above, node.module)))
            for one in node.names:
                yield whole if (whole := f"{base}.{one.name}") in known else base


@pytest.fixture(scope="module")
def arrows() -> Mapping[str, frozenset[str]]:
    paths = {module_of(path): path for path in ROOT.rglob("*.py")}
    known = frozenset(paths)
    return {module: frozenset(imports_of(path, known)) - {module} for module, path in paths.items()}


def rooms_from(arrows: Mapping[str, frozenset[str]], room: str) -> set[str]:
    """The other rooms of ours that a room's files import."""
    named = {one for module, others in arrows.items() if room_of(module) == room for one in others}
    return {room_of(one) for one in named if one.startswith("gerritbot_er.")} - {room}


def test_no_file_imports_itself_by_way_of_others(arrows: Mapping[str, frozenset[str]]) -> None:
    inside = {module: others & arrows.keys() - {"gerritbot_er"} for module, others in arrows.items()}
    assert len(list(TopologicalSorter(inside).static_order())) == len(arrows)


@pytest.mark.parametrize(
    ("room", "below"),
    [
        ("model", set()),
        ("settings", {"patterns"}),
        ("sandbox", set()),
        ("insight", {"cleaning", "errors", "model", "patterns", "settings", "signatures"}),
        ("ports", {"dependencies", "insight", "model"}),
        ("ci", {"cleaning", "model", "settings"}),
        ("signatures", {"cleaning", "errors", "line_time", "model", "patterns", "scalar_places", "typed_yaml"}),
    ],
)
def test_a_room_knows_only_what_is_below(arrows: Mapping[str, frozenset[str]], room: str, below: set[str]) -> None:
    assert rooms_from(arrows, room) - below == set()


@pytest.mark.parametrize(
    ("room", "side_doors"),
    [
        ("model", set()),
        ("settings", set()),
        ("ports", {"gerritbot_er.ports.past", "gerritbot_er.ports.reading"}),
    ],
)
def test_words_that_all_share_are_imported_from_their_front(
    arrows: Mapping[str, frozenset[str]], room: str, side_doors: set[str]
) -> None:
    from_outside = {one for module, others in arrows.items() if room_of(module) != room for one in others}
    assert {one for one in from_outside if one.startswith(f"gerritbot_er.{room}.")} == side_doors


@pytest.mark.parametrize("room", sorted(ADAPTERS | {"triage"}))
def test_no_adapter_knows_another_and_the_middle_none(arrows: Mapping[str, frozenset[str]], room: str) -> None:
    assert rooms_from(arrows, room) & (ADAPTERS | {"backtest", "cli", "daemon", "mcp_server", "peers"}) == set()


@pytest.mark.parametrize("room", ["model", "insight", "ports", "ci", "signatures", "triage"])
def test_the_middle_is_pure(arrows: Mapping[str, frozenset[str]], room: str) -> None:
    named = {one for module, others in arrows.items() if room_of(module) == room for one in others}
    assert {one.partition(".")[0] for one in named} & OUTSIDE == set()
    assert "urllib.request" not in named


def test_assistants_are_told_what_pages_tell_and_one_file_knows_the_package(
    arrows: Mapping[str, frozenset[str]],
) -> None:
    assert rooms_from(arrows, "mcp_server") & (ADAPTERS | {"cli", "daemon", "peers"}) <= {"builds", "web"}
    outside = {
        module for module, others in arrows.items() if {"mcp", "mcp_types"} & {one.partition(".")[0] for one in others}
    }
    assert outside == {"gerritbot_er.mcp_server.serving"}
