"""The systemd unit, as systemd's own tool judges it."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "etc" / "gerritbot-er.service"
EXPOSURE = 1.2
"""What systemd 252 gives it: for having a network at all, for talking to any address, and for the clock's device."""


def test_the_unit_is_exposed_as_little_as_a_network_daemon_can_be(capsys: pytest.CaptureFixture[str]) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("not available: systemd-analyze (Debian: systemd)")
    command: list[str | Path] = [program, "security", "--offline=true", "--no-pager", UNIT]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    score = float(said.rpartition("gerritbot-er.service: ")[2].split()[0])
    with capsys.disabled():
        print(f"\nsystemd-analyze security: {score} of 10 (less is better; at most {EXPOSURE})")  # noqa: T201 - a figure
    assert score <= EXPOSURE
