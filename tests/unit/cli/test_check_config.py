import json
from pathlib import Path

from click.testing import CliRunner, Result

from gerritbot_er.cli import main
from tests.unit.config.site import ENVIRON, RIGHT, site


def check_config(*words: object) -> Result:
    return CliRunner().invoke(main, ["check-config", *map(str, words)], env=ENVIRON)


def test_a_right_file(tmp_path: Path) -> None:
    file = site(tmp_path)
    for words in ((file,), ("-c", file), ("--config", file, file)):
        result = check_config(*words)
        assert (result.exit_code, result.stdout, result.stderr) == (
            0,
            f"{file}: no errors; 1 CI, 1 log store, 1 rule, 1 IRC channel\n",
            "",
        )


def test_a_wrong_file(tmp_path: Path) -> None:
    file = site(tmp_path, RIGHT.replace("  username: erbot", "  usernme: erbot") + "state: 3\n")
    result = check_config(file)
    assert result.exit_code == 78
    assert result.stdout == (
        f"{file}:1: gerrit.username is missing; add it\n"
        f'{file}:3: there is no key "usernme"; did you mean "username"?\n'
        f"{file}:31: state has to be a path\n"
    )
    assert result.stderr == f"{file}: 3 errors\n"


def test_warnings_are_findings(tmp_path: Path) -> None:
    file = site(tmp_path, RIGHT.replace("    log_hosts: [logs.example.org]\n", ""))
    (tmp_path / "opensearch.password").chmod(0o644)
    result = check_config(file, "--json")
    password = tmp_path / "opensearch.password"
    assert result.exit_code == 1
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "kind": "warning",
            "file": str(file),
            "line": 17,
            "message": f"log_stores.main.password_file: {password} can be read by every user",
            "remedy": f"chmod o-rwx {password}",
        }
    ]


def test_a_signature_file_that_is_left_out_is_a_warning(tmp_path: Path) -> None:
    file = site(tmp_path)
    (tmp_path / "signatures" / "bad.yaml").write_text("query: a AND\n")
    result = check_config(file)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{tmp_path}/signatures/bad.yaml:1: signature left out: query: ")
    assert result.stdout.endswith(
        "(warning)\n" + f"{file}: no errors; 1 CI, 1 log store, 1 rule, 1 IRC channel, 1 warning\n"
    )


def test_wrong_usage(tmp_path: Path) -> None:
    result = check_config(site(tmp_path), "-c", "other.yaml")
    assert result.exit_code == 2
    assert "Error: name the configuration once, as FILE or with -c" in result.stderr


def test_no_file(tmp_path: Path) -> None:
    result = check_config(tmp_path / "none.yaml")
    assert result.exit_code == 78
    assert result.stdout == f"{tmp_path}/none.yaml: there is no such file; name the configuration file with -c FILE\n"
    shown = check_config(tmp_path / "none.yaml", "--json")
    assert json.loads(shown.stdout) == {
        "kind": "error",
        "file": f"{tmp_path}/none.yaml",
        "line": None,
        "message": "there is no such file",
        "remedy": "name the configuration file with -c FILE",
    }
