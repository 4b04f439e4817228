"""Names that a terminal's or a table's own language could be read into stand in the output as they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from .backtesting import DISK, build_of, library, retain, signature
from .explaining import CONSOLE, explain

_QUERY = 'query: message:"No space left"\n'


@pytest.mark.parametrize("command", ["query", "backtest"])
def test_jobs_branches_and_signatures_in_tables(tmp_path: Path, command: str) -> None:
    odd = replace(build_of(1), job="[/x] unit", branch="[bold]main\x1b[31m")
    retained = retain(tmp_path / "retained", [(odd, DISK)])
    folder = library(tmp_path / "signatures", {"disk": _QUERY, "a [red]one": _QUERY})

    result = signature(command, folder / "disk.yaml", "--store", retained, cache=tmp_path)

    shown = [line.rstrip() for line in result.stdout.splitlines()]
    assert "  [/x] unit   1 of 1    100 %" in shown
    assert "  [bold]main  1 of 1    100 %" in shown
    assert ("stolen             1 of the 1 of a [red]one" in shown) == (command == "backtest")
    assert result.exit_code == 0


def test_a_folder_of_logs_to_explain(tmp_path: Path) -> None:
    folder = tmp_path / "[" / "x]\x1b[31m"
    folder.mkdir(parents=True)
    (folder / "job-output.txt").write_bytes(CONSOLE)
    result = explain(folder)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"Logs at {tmp_path}/[/x]")
