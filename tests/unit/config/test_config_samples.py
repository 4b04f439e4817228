"""The sample configurations, the systemd unit and the page of all keys are as right as the code."""

import dataclasses
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from gerritbot_er import settings
from gerritbot_er.config import read

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((ROOT / "etc").glob("*.yaml"))
SECTIONS: Mapping[str, type] = {
    "gerrit": settings.Gerrit,
    "cis": settings.CI,
    "log_stores (a cluster)": settings.ClusterStore,
    "log_stores (local)": settings.LocalStore,
    "log_stores (local): keep": settings.Keep,
    "signatures": settings.Signatures,
    "trackers": settings.KnownTracker,
    "trackers (other)": settings.OtherTracker,
    "rules": settings.Rule,
    "irc": settings.Irc,
    "irc.channels": settings.ChannelRule,
    "waiting": settings.Waiting,
    "speaking": settings.Speaking,
    "replies": settings.Replies,
    "web": settings.Web,
    "The rest": settings.Settings,
}


def test_there_is_a_sample_for_each_kind_of_site() -> None:
    assert [sample.name for sample in SAMPLES] == ["jenkins.yaml", "opendev.yaml", "zuul-local.yaml"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_each_sample_is_right_as_it_stands(tmp_path: Path, sample: Path) -> None:
    file = Path(shutil.copy(sample, tmp_path / "config.yaml"))
    for name in ("gerrit.key", "known_hosts", "opensearch.password", "irc.password", "gerrit.password"):
        (tmp_path / name).write_text("secret\n")
        (tmp_path / name).chmod(0o600)
    shutil.copytree(ROOT / "signatures", tmp_path / "signatures")
    reading = read(file, {})
    assert (reading.problems, reading.warnings) == ((), ())
    assert reading.settings is not None


def systemd_analyze(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    command = [program, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here; where ours will be installed it is not yet."""
    text = (ROOT / "etc" / "gerritbot-er.service").read_text()
    assert text.count("/usr/local/bin/gerritbot-er") == 1
    file = tmp_path / "gerritbot-er.service"
    file.write_text(text.replace("/usr/local/bin/gerritbot-er", "/bin/true"))
    return file


def test_systemd_has_nothing_to_say_about_the_unit(unit: Path) -> None:
    result = systemd_analyze("verify", str(unit))
    assert (result.stdout, result.stderr) == ("", "")


def sections() -> dict[str, str]:
    """The tables of the page, by the title above them."""
    lines = (ROOT / "docs" / "configuration.rst").read_text().splitlines()
    titles = [at - 1 for at, line in enumerate(lines) if line and set(line) == {"-"}]
    ends = [*titles[1:], len(lines)]
    return {lines[at]: "\n".join(lines[at:end]) for at, end in zip(titles, ends, strict=True)}


@pytest.mark.parametrize(("title", "part"), SECTIONS.items())
def test_every_key_is_on_the_page_with_its_default(title: str, part: type) -> None:
    table = sections()[title]
    for field in dataclasses.fields(part):
        assert f"``{field.name}``" in table, field.name
        row = table.partition(f"   * - ``{field.name}``\n")[2].partition("   * - ")[0]
        if part is settings.Settings and not row:
            continue  # a part of the file with a table of its own
        default = row.splitlines()[1].removeprefix("     - ")
        assert shown(field) in (None, default), field.name


def shown(field: "dataclasses.Field[object]") -> str | None:
    """A default as the page writes it; None where it has words for it."""
    value = field.default
    if value is dataclasses.MISSING:
        return "required"
    if value is None or value == ():
        return None
    if isinstance(value, int) and value and value % 10**9 == 0:
        return f"``{value // 10**9}GB``"
    if isinstance(value, tuple):
        return ", ".join(f"``{item}``" for item in value)
    if field.name == "successes":
        return f"``{value:g}%``"
    if isinstance(value, float):
        unit, size = next((u, s) for u, s in (("d", 86_400), ("m", 60), ("s", 1)) if value >= 2 * s and value % s == 0)
        return f"``{value / size:.0f}{unit}``"
    return f"``{str(value).lower() if isinstance(value, bool) else value}``"
