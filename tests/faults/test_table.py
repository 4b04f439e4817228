"""The fault table is whole: a test, a treating function and a careless one for each fault."""

import ast
from pathlib import Path

import pytest

from .replacing import replaced, source_of
from .rows import Row
from .table import ROWS

ROOT = Path(__file__).parents[2]

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"F{row.number:02}")


def test_every_fault_has_one_row() -> None:
    assert [row.number for row in ROWS] == list(range(1, 48))


@each_row
def test_the_rows_test_is_there_and_carries_its_number(row: Row) -> None:
    path, name = row.test.partition("[")[0].split("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name.startswith(f"test_f{row.number:02}_")


@each_row
def test_the_careless_function_fits_in_the_place_of_the_treating_one(row: Row) -> None:
    source = source_of(row, ROOT).read_text(encoding="utf-8")
    careless = replaced(row, source)
    assert careless != source
    compile(careless, row.treats, "exec")
