"""What the configuration says of logs that are kept: sizes, shares, and folders that cannot be meant."""

from pathlib import Path

import pytest

from gerritbot_er.config import ConfigErrors, load, read
from gerritbot_er.settings import Keep, LocalStore
from tests.unit.config.site import ENVIRON, RIGHT, site

HEAD, _, REST = RIGHT.partition("  main:\n")
TAIL = REST[REST.index("signatures:") :]


def _text(*keep: str, more: str = "") -> str:
    lines = "".join(f"      {line}\n" for line in keep)
    return f"{HEAD}  main:\n    kind: local\n    keep:\n{lines}{more}{TAIL}"


def _said(folder: Path, text: str) -> list[str]:
    file = site(folder, text)
    reading = read(file, ENVIRON)
    return [str(one).removeprefix(f"{file}:") for one in (*reading.problems, *reading.warnings)]


def _keep(folder: Path, *lines: str) -> Keep:
    store = load(site(folder, _text("directory: kept", *lines)), ENVIRON).log_stores["main"]
    assert isinstance(store, LocalStore)
    assert store.keep is not None
    return store.keep


def test_a_folder_alone_is_enough(tmp_path: Path) -> None:
    assert _keep(tmp_path) == Keep(directory=tmp_path / "kept", time=1_209_600.0, size=20_000_000_000, successes=5.0)


def test_a_folder_is_no_credential(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "kept").write_text("a secret of that name")
    environ = {**ENVIRON, "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    store = load(site(tmp_path, _text("directory: kept")), environ).log_stores["main"]
    assert isinstance(store, LocalStore)
    assert store.keep is not None
    assert store.keep.directory == tmp_path / "kept"


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("20GB", 20_000_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("2T", 2_000_000_000_000),
        ("3000000000", 3_000_000_000),
        ("2000000000B", 2_000_000_000),
        ("1200000kB", 1_200_000_000),
        ("1200000KiB", 1_228_800_000),
    ],
)
def test_sizes(tmp_path: Path, written: str, size: int) -> None:
    assert _keep(tmp_path, f"size: {written}").size == size


@pytest.mark.parametrize(("written", "share"), [("5%", 5.0), ("0", 0.0), ("12.5 %", 12.5), ("'100'", 100.0)])
def test_shares(tmp_path: Path, written: str, share: float) -> None:
    assert _keep(tmp_path, f"successes: {written}").successes == share


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("size: much", '18: log_stores.main.keep.size: write a size such as 500MB or 20GB, not "much"'),
        ("size: 20iB", '18: log_stores.main.keep.size: write a size such as 500MB or 20GB, not "20iB"'),
        ("size: true", '18: log_stores.main.keep.size: write a size such as 500MB or 20GB, not "True"'),
        ("size: 0", '18: log_stores.main.keep.size: input should be greater than 0, not "0"'),
        ("successes: few", '18: log_stores.main.keep.successes: write a share such as 5%, not "few"'),
        ("successes: true", '18: log_stores.main.keep.successes: write a share such as 5%, not "True"'),
        (
            "successes: 101%",
            '18: log_stores.main.keep.successes: input should be less than or equal to 100, not "101%"',
        ),
        ("time: 0", '18: log_stores.main.keep.time: input should be greater than 0, not "0"'),
        ("days: 3", '18: there is no key "days"'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    assert _said(tmp_path, _text("directory: kept", line))[0].startswith(said)


def test_a_folder_is_needed(tmp_path: Path) -> None:
    assert _said(tmp_path, _text("time: 3d")) == ["16: log_stores.main.keep.directory is missing; add it"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    assert _said(tmp_path, _text("directory: kept")) == [
        f"17: log_stores.main.keep.directory: {tmp_path}/kept is no directory; name a folder of our user's"
    ]


def test_two_stores_do_not_share_a_folder(tmp_path: Path) -> None:
    other = "  other:\n    kind: local\n    keep:\n      directory: kept\n"
    with pytest.raises(ConfigErrors) as error:
        load(site(tmp_path, _text("directory: kept", more=other)), ENVIRON)
    assert [problem.line for problem in error.value.problems] == [21]
    assert error.value.problems[0].message == "the log stores main and other keep logs in one directory"


def test_a_size_that_one_build_may_fill_is_a_warning(tmp_path: Path) -> None:
    assert _said(tmp_path, _text("directory: kept", "size: 1GB")) == [
        (
            "18: the log store main keeps less than one build may hold (bytes_per_build); "
            "keep more, such as 20GB, or read less of a build"
        )
    ]
