"""The steps of the pages "Run it at your site", on a real Gerrit: account, group, key, host key, check."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from gerritbot_er.cli import main

from .servers.gerrit import GerritServer

ROOT = Path(__file__).parents[2]
PAGES = {"site-opendev": "review.opendev.org", "site-zuul": "review.example.org", "site-jenkins": "gerrit.example.org"}
CONFIG = """\
gerrit: {{host: 127.0.0.1, port: {port}, username: {user}, key: gerrit.key, known_hosts: known_hosts}}
cis: [{{name: zuul, kind: zuul, account: zuul, log_store: here, log_hosts: [logs.example.org]}}]
log_stores: {{here: {{kind: local}}}}
signatures: {{directories: [signatures]}}
"""


def commands(page: str) -> list[str]:
    """The commands of a page that have to do with Gerrit, each in one line."""
    text = (ROOT / "docs" / f"{page}.rst").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return [line for line in lines if line.startswith("ssh")]


def follow(command: str, host: str, user: str, gerrit: GerritServer, folder: Path) -> None:
    """Run a command of the page for the account ``user``, here instead of there."""
    port = str(gerrit.ssh_port)
    trusted = f"-o UserKnownHostsFile={shlex.quote(str(gerrit.known_hosts))} -i {shlex.quote(str(gerrit.key('admin')))}"
    here = command.replace("/etc/gerritbot-er", str(folder)).replace("29418", port).replace(host, "127.0.0.1")
    here = here.replace("ADMIN@", f"{trusted} admin@")
    for option in ("--ssh-key -", "--generate-http-password"):
        here = here.replace(f"{option} gerritbot-er", f"{option} {user}")
    subprocess.run(["/bin/sh", "-c", here], check=True, capture_output=True, timeout=60, text=True)


@pytest.mark.parametrize("page", PAGES)
def test_who_follows_the_page_can_listen_and_query(gerrit: GerritServer, tmp_path: Path, page: str) -> None:
    if not shutil.which("ssh-keyscan"):
        pytest.skip("not available: ssh-keyscan (Debian: openssh-client)")
    user = f"bot-{page}"
    steps = commands(page)
    assert [step.split()[0] for step in steps] == ["ssh-keygen", "ssh", "ssh", "ssh-keyscan", "ssh-keygen"]
    for step in steps:
        follow(step, PAGES[page], user, gerrit, tmp_path)
    (tmp_path / "signatures").mkdir()
    shutil.copy(ROOT / "signatures" / "disk-full.yaml", tmp_path / "signatures")
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG.format(port=gerrit.ssh_port, user=user))
    result = CliRunner().invoke(main, ["check-config", "--online", str(file)])
    marks = [line.partition(":")[0] for line in result.stdout.splitlines()[:5]]
    gerrit_s = ["ok     Gerrit login", "ok     Gerrit history", "ok     Gerrit stream", "ok     Gerrit rights"]
    assert marks == [*gerrit_s, "ok     log store here"]
    assert result.exit_code == 0
