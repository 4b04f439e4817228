"""Finding a function in a source file and putting another one of the same name and signature in its place."""

import ast
import textwrap
from pathlib import Path

from .rows import Row


class WrongRow(Exception):
    """A row that names what is not there, or whose careless function does not fit."""


def source_of(row: Row, root: Path) -> Path:
    """The file that holds the treating function."""
    module = row.treats.partition(":")[0]
    path = root.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    raise WrongRow(f"F{row.number:02}: there is no module {module}")


def replaced(row: Row, source: str) -> str:
    """``source`` with the careless function in the place of the treating one, whose decorators stay."""
    node, careless = _function(row, source), textwrap.dedent(row.careless).strip("\n")
    stranger = _only_function(row, careless)
    if stranger.name != node.name or ast.unparse(stranger.args) != ast.unparse(node.args):
        raise WrongRow(
            f"F{row.number:02}: {node.name}({ast.unparse(node.args)}) can not be replaced by "
            f"{stranger.name}({ast.unparse(stranger.args)})"
        )
    lines = source.splitlines(keepends=True)
    lines[node.lineno - 1 : node.end_lineno] = [textwrap.indent(careless, " " * node.col_offset) + "\n"]
    return "".join(lines)


def _function(row: Row, source: str) -> ast.FunctionDef:
    module, _, name = row.treats.partition(":")
    *owners, last = name.split(".")
    body = ast.parse(source).body
    for owner in owners:
        body = next((node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner), [])
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == last:
            return node
    raise WrongRow(f"F{row.number:02}: {module} has no function {name}")


def _only_function(row: Row, source: str) -> ast.FunctionDef:
    match ast.parse(source).body:
        case [ast.FunctionDef() as function]:
            return function
    raise WrongRow(f"F{row.number:02}: the careless source is not one function")
