import logging
from pathlib import Path

import pytest

from gerritbot_er.config import ConfigErrors, load, read, state_folder
from gerritbot_er.errors import Misconfigured
from gerritbot_er.secret import Secret, read_secret
from gerritbot_er.settings import ClusterStore
from tests.unit.config.site import ENVIRON, RIGHT, changed, site


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(site(tmp_path), ENVIRON)
    store = settings.log_stores["main"]
    assert isinstance(store, ClusterStore)
    assert settings.gerrit.key == tmp_path / "gerrit.key"
    assert settings.signatures.directories == (tmp_path / "signatures",)
    assert store.password_file == tmp_path / "opensearch.password"
    assert settings.state == Path("/var/lib/gerritbot-er")


def test_an_unquoted_on_is_the_word_on(tmp_path: Path) -> None:
    assert load(site(tmp_path), ENVIRON).rules[0].mode == "on"


def test_credentials_of_systemd_come_first(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "gerrit.key").write_text("key")
    file = site(tmp_path)
    (tmp_path / "gerrit.key").unlink()
    settings = load(file, {**ENVIRON, "CREDENTIALS_DIRECTORY": str(credentials)})
    assert settings.gerrit.key == credentials / "gerrit.key"
    assert settings.gerrit.known_hosts == tmp_path / "known_hosts"


def test_f39_every_secret_may_be_a_credential_of_systemd(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o500)
    secrets = ("gerrit.key", "opensearch.password", "irc.password")
    text = RIGHT.replace("sasl_password_env: IRC_PASSWORD", "sasl_password_file: irc.password")
    file = site(tmp_path, text)
    for name in secrets:
        (tmp_path / name).unlink(missing_ok=True)
        (credentials / name).write_text("hunter2\n")
        (credentials / name).chmod(0o400)
    reading = read(file, {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert (reading.problems, reading.warnings) == ((), ())
    assert reading.settings is not None
    assert reading.settings.irc is not None
    store = reading.settings.log_stores["main"]
    assert isinstance(store, ClusterStore)
    found = (reading.settings.gerrit.key, store.password_file, reading.settings.irc.sasl_password_file)
    assert found == tuple(credentials / name for name in secrets)


def test_f39_a_secret_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    text = RIGHT.replace("sasl_password_env: IRC_PASSWORD", "sasl_password_file: irc.password")
    file = site(tmp_path, text)
    (tmp_path / "irc.password").write_text("hunter2\n")
    for name in ("gerrit.key", "opensearch.password", "irc.password"):
        (tmp_path / name).chmod(0o644)
    assert [warning.message for warning in read(file, {}).warnings] == [
        f"gerrit.key: {tmp_path}/gerrit.key can be read by every user",
        f"log_stores.main.password_file: {tmp_path}/opensearch.password can be read by every user",
        f"irc.sasl_password_file: {tmp_path}/irc.password can be read by every user",
    ]


def test_warnings_stop_nothing_and_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = site(tmp_path, RIGHT.replace("https://logs", "http://logs"))
    (tmp_path / "gerrit.key").chmod(0o644)
    with caplog.at_level(logging.WARNING):
        load(file, ENVIRON)
    assert caplog.messages == [
        f"{file}:4: gerrit.key: {tmp_path}/gerrit.key can be read by every user; chmod o-rwx {tmp_path}/gerrit.key",
        f"{file}:16: the log store main is sent its secret in the clear; use https",
    ]


def test_a_bad_signature_file_is_told_of_by_those_who_use_it_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = site(tmp_path)
    (tmp_path / "signatures" / "bad.yaml").write_text("query: [\n")
    load(file, ENVIRON)
    assert caplog.messages == []


def test_what_of_gerrits_web_pages_helps_nobody_is_said(tmp_path: Path) -> None:
    web = "  web: http://review.example.org"
    named = "  http_password_file: opensearch.password"
    said = {
        (web,): "gerrit.web is of no use without the account's HTTP password; "
        "give http_password_file (or http_password_env), or remove web",
        (web, named): "Gerrit is sent its HTTP password in the clear; use https",
    }
    for lines, words in said.items():
        file = site(tmp_path, changed("  known_hosts: known_hosts", "  known_hosts: known_hosts", *lines))
        assert [str(warning) for warning in read(file, ENVIRON).warnings] == [f"{file}:6: {words}"]
    good = (web.replace("http:", "https:"), named)
    file = site(tmp_path, changed("  known_hosts: known_hosts", "  known_hosts: known_hosts", *good))
    assert read(file, ENVIRON).warnings == ()


def test_f39_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter2")
    assert f"{secret} {secret!r} {secret:>9} {[secret]}" == "… Secret(…)         … [Secret(…)]"
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")


def test_f39_no_problem_quotes_a_password(tmp_path: Path) -> None:
    text = RIGHT.replace("https://logs", "https://reader:hunter2@logs") + "password: hunter2\n"
    with pytest.raises(ConfigErrors) as error:
        load(site(tmp_path, text), {"IRC_PASSWORD": "hunter2\n\x00"})
    assert "hunter2" not in str(error.value)


def test_secrets_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" hunter2 \n")
    assert read_secret(file, None, {}) == Secret("hunter2")
    assert read_secret(None, "PASSWORD", {"PASSWORD": "hunter2"}) == Secret("hunter2")
    assert read_secret(None, None, {}) is None
    for content in (b"", b"\n", b"two\nlines", b"\xff"):
        file.write_bytes(content)
        with pytest.raises(Misconfigured):
            read_secret(file, None, {})


def test_an_error_keeps_all_problems(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as error:
        load(site(tmp_path, "gerrit: 3\ncis: []\n"), ENVIRON)
    problems = error.value.problems
    assert str(error.value) == "\n".join(map(str, problems))
    assert read(tmp_path / "config.yaml", ENVIRON).problems == problems


@pytest.mark.parametrize("state", ["", "state: there\n"])
def test_f24_the_state_is_found_beside_errors(tmp_path: Path, state: str) -> None:
    file = site(tmp_path, RIGHT.replace("  username: erbot", "  usernme: erbot") + state)
    assert state_folder(file, ENVIRON) == (tmp_path / "there" if state else Path("/var/lib/gerritbot-er"))
    for text in ("gerrit: [", "state: 3\n", "other: 3\n", ""):
        file.write_text(text)
        with pytest.raises(ConfigErrors):
            state_folder(file, ENVIRON)
    with pytest.raises(ConfigErrors):
        state_folder(tmp_path / "none.yaml", ENVIRON)


@pytest.mark.parametrize(("more", "wrong"), [("ircs: 3\n", "1 place"), ("ircs: 3\nciss: 3\n", "2 places")])
def test_f24_how_much_is_wrong_beside_the_state_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, more: str, wrong: str
) -> None:
    file = site(tmp_path, RIGHT + more)
    state_folder(file, ENVIRON)
    assert caplog.messages == [f"{file}: wrong in {wrong}; see check-config"]
