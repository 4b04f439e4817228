"""A folder with a right configuration and all the files that it names."""

from pathlib import Path

RIGHT = """\
gerrit:
  host: review.example.org
  username: erbot
  key: gerrit.key
  known_hosts: known_hosts
cis:
  - name: zuul
    kind: zuul
    account: zuul
    log_store: main
    web: https://zuul.example.org
    log_hosts: [logs.example.org]
log_stores:
  main:
    kind: opensearch
    url: https://logs.example.org/elastic
    username: reader
    password_file: opensearch.password
signatures:
  directories: [signatures]
rules:
  - mode: on
    projects: ["openstack/*"]
irc:
  host: irc.example.org
  nick: erbot
  channels:
    - name: "#qa"
  sasl_username: erbot
  sasl_password_env: IRC_PASSWORD
"""
ENVIRON = {"IRC_PASSWORD": "hunter2"}


def site(folder: Path, text: str = RIGHT) -> Path:
    """Write it all; returns the configuration file."""
    for name in ("gerrit.key", "known_hosts", "opensearch.password"):
        (folder / name).write_text("hunter2\n")
        (folder / name).chmod(0o600)
    (folder / "signatures").mkdir(exist_ok=True)
    (folder / "signatures" / "1.yaml").write_text("query: x\n")
    file = folder / "config.yaml"
    file.write_text(text)
    return file


def changed(line: str, *instead: str) -> str:
    """The right text with other lines in the place of one."""
    lines = RIGHT.splitlines()
    at = lines.index(line)
    return "\n".join([*lines[:at], *instead, *lines[at + 1 :]]) + "\n"
