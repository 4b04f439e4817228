"""check-config --online against the sandbox's Gerrit, CI and IRC server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from gerritbot_er.cli import main
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.sandbox.gerrit import SandboxGerrit, new_key
from gerritbot_er.sandbox.irc import SandboxIrc

CONFIG = """\
gerrit: {{host: 127.0.0.1, port: {gerrit}, username: {user}, key: key, known_hosts: known_hosts}}
cis:
  - {{name: zuul, kind: zuul, account: zuul, log_store: here, web: "{web}", tenant: {tenant}, log_hosts: [127.0.0.1]}}
log_stores: {{here: {{kind: local}}}}
signatures: {{directories: [signatures]}}
irc: {{host: 127.0.0.1, port: {irc}, tls: false, nick: erbot, channels: [{{name: "#qa"}}]}}
"""


class World:
    def __init__(self, folder: Path, gerrit: SandboxGerrit, ci: SandboxCI, irc: SandboxIrc) -> None:
        self.folder, self.gerrit, self.ci, self.irc = folder, gerrit, ci, irc

    def check(self, user: str = "erbot", tenant: str = "example") -> tuple[int, str]:
        file = self.folder / "config.yaml"
        file.write_text(
            CONFIG.format(gerrit=self.gerrit.port, user=user, web=self.ci.url, tenant=tenant, irc=self.irc.port)
        )
        result = CliRunner().invoke(main, ["check-config", str(file), "--online"])
        return result.exit_code, result.stdout


@contextmanager
def world(folder: Path, *, stream_events: bool = True) -> Iterator[World]:
    public = new_key(folder / "key")
    (folder / "signatures").mkdir()
    (folder / "signatures" / "1.yaml").write_text("query: x\n")
    with SandboxGerrit() as gerrit, SandboxCI() as ci, SandboxIrc() as irc:
        gerrit.add_account("erbot", public_key=public, stream_events=stream_events)
        (folder / "known_hosts").write_text(gerrit.known_hosts)
        yield World(folder, gerrit, ci, irc)


def test_each_peer_is_tried(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        status, said = here.check()
        version = said.partition("gerrit version ")[2].partition(";")[0]
        assert said == (
            f"ok     Gerrit login: gerrit version {version}; host key known, key accepted for erbot\n"
            "ok     Gerrit history: changes can be queried; 0 events in the last minute\n"
            "ok     Gerrit stream: events are streamed\n"
            "ok     log store here: needs no server: logs are fetched from the log_hosts of each CI\n"
            f"ok     CI zuul: {here.ci.url} answers\n"
            "ok     IRC: logged in as erbot, joined #qa\n"
            f"{tmp_path}/config.yaml: no errors; 1 CI, 1 log store, no rules: every project is in shadow, "
            "1 IRC channel\n"
        )
        assert status == 0


def test_what_is_wrong_is_said_for_each_peer(tmp_path: Path) -> None:
    with world(tmp_path, stream_events=False) as here:
        here.irc.ban("#qa", "erbot")
        status, said = here.check(tenant="none")
        assert status == 78
        wrong = [line for line in said.splitlines() if line.startswith("WRONG")]
        assert wrong == [
            (
                "WRONG  Gerrit stream: the account may not stream events (stream events not permitted): add it to "
                "the group Service Users, or give it the global capability Stream Events"
            ),
            (
                f"WRONG  CI zuul: there is no {here.ci.url}/api/tenant/none/builds?limit=1: "
                "see whether web is the root of the pages, and none the tenant"
            ),
            "WRONG  IRC: not every channel lets erbot in: #qa: Cannot join channel (+b) (bannedfromchan)",
        ]


def test_without_a_login_nothing_else_is_tried_on_gerrit(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        status, said = here.check(user="stranger")
        assert status == 78
        assert [line[:20] for line in said.splitlines() if "Gerrit" in line] == ["WRONG  Gerrit login:"]


def test_a_peer_that_is_down_is_to_be_tried_later(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.gerrit.stop()
        status, said = here.check()
        assert status == 75
        assert said.startswith("later  Gerrit login: Gerrit at 127.0.0.1")
