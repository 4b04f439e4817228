"""What people get wrong on the command line, and what stands in its way: a message and a status, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gerritbot_er.cli import main


@pytest.mark.parametrize("text", ["0s", "-1s", "s", "", "90", "1.5", " 7 ", "\u00b2s", "1e3s", "9" * 400 + "d"])
def test_what_is_no_duration_is_said_to_be_none(text: str) -> None:
    result = CliRunner().invoke(main, ["pause", "-c", "config.yaml", "--for", text])
    assert result.exit_code == 2
    assert result.stderr.endswith("is no duration; write 30s, 10m, 2h or 7d\n")


@pytest.mark.parametrize("arguments", [["pause", "--for"], ["mute", "a", "--for"], ["report", "--last"]])
def test_what_ends_on_no_day_of_a_calendar_is_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, [*arguments, "36501d", "-c", "config.yaml"])
    assert result.exit_code == 2
    assert result.stderr.endswith("'36501d' is longer than a hundred years; write less\n")


@pytest.mark.parametrize("command", ["mute", "resume"])
@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "\udcff"])
def test_what_can_be_no_name_of_a_signature_is_refused(command: str, name: str) -> None:
    result = CliRunner().invoke(main, [command, "-c", "config.yaml", name])
    assert result.exit_code == 2
    assert result.stderr.endswith("is no name of a signature; give that of its file without .yaml\n")


def test_an_account_that_no_server_can_have_is_refused(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.touch()
    result = CliRunner().invoke(main, ["reports", str(events), "--ci", "zuul=\udcff"])
    assert result.exit_code == 2
    assert result.stderr.endswith("'zuul=\\udcff' is no CI; write zuul=ACCOUNT or jenkins=ACCOUNT\n")


def _run(redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = f'exec "$@" {redirection}'
    return subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-m", "gerritbot_er", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _commands(*group: str) -> str:
    """What the help of a group says of each command, on a terminal of 80 columns."""
    said = CliRunner().invoke(main, [*group, "--help"], env={"COLUMNS": "80"}).stdout
    return said.partition("Commands:\n")[2].partition("\n\n")[0]


def test_what_each_command_is_for_stands_in_one_line() -> None:
    assert (
        _commands()
        == """\
  run           Run the daemon.
  demo          Show the main job on a sandbox; nothing else is needed.
  check-config  Show every error in a configuration, each with its line.
  explain       Explain why a build failed, and which known bug it is.
  reports       Print the CI reports in recorded stream events as JSON.
  signature     Work on signature files.
  status        Show how the daemon is and what it is doing now.
  report        Report what breaks, what it costs, and what is unexplained.
  unknowns      List the failures that no signature explains, in groups.
  mcp           Let an assistant ask why jobs failed.
  replay        Run recorded events through the daemon, and post nothing.
  pause         Stop all comments and notices until resumed; nothing is lost.
  resume        End the pause, or the mute of a SIGNATURE.
  mute          Stop speaking of a SIGNATURE; its hits are still recorded."""
    )
    assert (
        _commands("signature")
        == """\
  lint      Show what is wrong with signature files.
  test      Run the examples of signature files.
  new       Draft a signature from a log line.
  schema    Print the JSON Schema of signature files.
  match     Print which documents of a file signatures find.
  import    Bring elastic-recheck's files over to logs of today.
  query     Show what a FILE, or a QUERY, finds in past builds.
  backtest  Measure how good signatures are, by past builds.
  stale     List signatures that can go, or whose bug may be open again."""
    )


def test_a_dry_run_says_what_it_costs() -> None:
    help_text = " ".join(CliRunner().invoke(main, ["run", "--help"]).output.split())
    assert "What it records is not posted later either: give it a state folder of its own." in help_text


def test_an_output_that_cannot_be_written_is_told() -> None:
    said = "the input cannot be read, or the output written: No space left on device; mend that and try again\n"
    result = _run(">/dev/full", "--help")
    assert (result.returncode, result.stderr) == (75, said)


def test_a_closed_output_is_nothing_to_fail_for(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.touch()
    result = _run(">&-", "reports", str(events), "--ci", "zuul=zuul")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_configuration_with_characters_that_cannot_be_shown_is_told_of(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text('gerrit: {key: "a\\u0000\\u001b[31mb"}')
    result = CliRunner().invoke(main, ["check-config", str(config)])
    assert result.exit_code == 78
    assert f"gerrit.key: {tmp_path}/ab cannot be read: embedded null byte" in result.stdout
