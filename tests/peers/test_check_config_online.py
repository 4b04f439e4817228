"""check-config --online against the sandbox's Gerrit, CI and IRC server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from gerritbot_er.cli import main
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.sandbox.ci_http import Answer
from gerritbot_er.sandbox.gerrit import SandboxGerrit, new_key
from gerritbot_er.sandbox.gerrit_changes import Json
from gerritbot_er.sandbox.irc import SandboxIrc

from .gerrit_web import PASSWORD, GerritWeb
from .tracker_peer import issue, tracker_peer

CONFIG = """\
gerrit: {{host: 127.0.0.1, port: {gerrit}, username: {user}, key: key, known_hosts: known_hosts{web_keys}}}
cis:
  - {{name: zuul, kind: zuul, account: zuul, log_store: here, web: "{web}", tenant: {tenant}, log_hosts: [127.0.0.1]}}
log_stores: {{here: {{kind: local}}}}
signatures: {{directories: [signatures]}}
irc: {{host: 127.0.0.1, port: {irc}, tls: false, nick: erbot, channels: [{{name: "#qa"}}]}}
"""


class World:
    def __init__(self, folder: Path, gerrit: SandboxGerrit, ci: SandboxCI, irc: SandboxIrc) -> None:
        self.folder, self.gerrit, self.ci, self.irc = folder, gerrit, ci, irc

    def check(
        self, user: str = "erbot", tenant: str = "example", more_parts: str = "", **web_keys: str
    ) -> tuple[int, str]:
        """``more_parts`` are lines of the file, ``web_keys`` more keys of the part on Gerrit."""
        file = self.folder / "config.yaml"
        more = "".join(f', {key}: "{value}"' for key, value in web_keys.items())
        file.write_text(
            CONFIG.format(
                gerrit=self.gerrit.port, user=user, web=self.ci.url, tenant=tenant, irc=self.irc.port, web_keys=more
            )
            + more_parts
        )
        result = CliRunner(env={"GERRIT_PASSWORD": PASSWORD}).invoke(main, ["check-config", str(file), "--online"])
        return result.exit_code, result.stdout


@contextmanager
def world(folder: Path, *, stream_events: bool = True) -> Iterator[World]:
    public = new_key(folder / "key")
    (folder / "signatures").mkdir()
    (folder / "signatures" / "known.yaml").write_text("query: x\n")
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
            "ok     Gerrit rights: not checked: over SSH nobody can see whether the account may vote, submit or "
            "administer; give gerrit web and http_password_file, if only for this check\n"
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


def test_the_group_whose_answers_count_is_tried(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.gerrit.add_account("dev")
        here.gerrit.add_group("failure triage", "dev", "erbot")
        here.gerrit.add_group("secret", "dev", visible=False)
        names = ("failure triage", "secret", "none")
        said = [here.check(more_parts=f"replies: {{group: {name}}}\n") for name in names]
        assert [status for status, _ in said] == [0, 78, 78]
        assert [line for _, text in said for line in text.splitlines() if "Gerrit group:" in line] == [
            "ok     Gerrit group: 2 members of failure triage may answer on every change",
            (
                "WRONG  Gerrit group: our account sees nobody in the group secret: in Gerrit, make the group visible "
                "to all registered users, or make our account one of its owners"
            ),
            (
                "WRONG  Gerrit group: Gerrit knows no group none that our account sees: write its name as Gerrit shows "
                "it, capitals too, and see that the group is visible to all registered users"
            ),
        ]


def test_without_a_login_nothing_else_is_tried_on_gerrit(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        status, said = here.check(user="stranger")
        assert status == 78
        assert [line[:20] for line in said.splitlines() if "Gerrit" in line] == [
            "WRONG  Gerrit login:",
            "ok     Gerrit rights",
        ]


def test_a_peer_that_is_down_is_to_be_tried_later(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.gerrit.stop()
        status, said = here.check()
        assert status == 75
        assert said.startswith("later  Gerrit login: Gerrit at 127.0.0.1")


def test_a_cluster_that_gets_sightings_alone_and_is_away_is_one_line(tmp_path: Path) -> None:
    config = CONFIG.replace("{{kind: local}}}}", "{{kind: local}}, boards: {{kind: opensearch, url: '{away}'}}}}")
    away = "http://127.0.0.1:9"
    with world(tmp_path) as here:
        places = {"gerrit": here.gerrit.port, "web": here.ci.url, "tenant": "example", "irc": here.irc.port}
        written = config.format(user="erbot", web_keys="", away=away, **places) + "export: {log_store: boards}\n"
        (tmp_path / "config.yaml").write_text(written)
        done = subprocess.run(
            [sys.executable, "-m", "gerritbot_er", "check-config", tmp_path / "config.yaml", "--online"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (75, "")
    told = [line.partition(" cannot be reached: ")[0] for line in done.stdout.splitlines() if away in line]
    assert told == [f"later  sightings to boards: {away}"]


def test_each_tracker_is_tried_with_one_of_the_signatures_bugs(tmp_path: Path) -> None:
    with world(tmp_path) as here, tracker_peer() as peer:
        for number in (16, 17):
            bug = f"bug: {peer.url}/acme/widgets/issues/{number}"
            (tmp_path / "signatures" / f"{number}.yaml").write_text(f"query: x\n{bug}\n")
        entry = f"trackers: [{{kind: github, web: {peer.url}}}]\n"

        def tried() -> tuple[int, str]:
            status, said = here.check(more_parts=entry)
            (line,) = [line for line in said.splitlines() if line[7:].startswith("tracker ")]
            return status, line

        host, url = f"127.0.0.1:{peer.http.port}", f"{peer.url}/acme/widgets/issues/16"
        gone = f"{url}: {host} has no such bug, or shows it to its users alone"
        assert tried() == (1, f"warn   tracker {host}: {gone}")
        peer.answers["/api/v3/repos/acme/widgets/issues/16"] = issue(16, "closed", "completed")
        assert tried() == (0, f"ok     tracker {host}: {url} is closed (completed): The widget falls off")
        peer.http.misbehave("*", Answer(503), None)
        assert tried() == (75, f"later  tracker {host}: 127.0.0.1 answers 503")


# -- what an HTTP password lets be seen

VOTES: Json = {"permitted_labels": {"Code-Review": ["-1", " 0", "+1"], "Verified": [" 0"], "Workflow": ["+1"]}}
SUBMITS: Json = {"revisions": {"1": {"actions": {"submit": {"enabled": True}}}}}
NO_SUBMIT: Json = {"revisions": {"1": {"actions": {"submit": {"title": "You do not have permission"}}}}}
LEAST: Json = {"streamEvents": True, "emailReviewers": True, "queryLimit": {"min": 0, "max": 500}, "priority": "BATCH"}


@contextmanager
def web_world(folder: Path, capabilities: Json) -> Iterator[tuple[World, GerritWeb]]:
    with world(folder) as here:
        web = GerritWeb(here.gerrit, "erbot")
        web.answers["/a/accounts/self/capabilities"] = capabilities
        try:
            yield here, web
        finally:
            web.server.close()


def rights(here: World, web: GerritWeb) -> tuple[int, list[str]]:
    """The exit status, and what was said of REST and rights."""
    keys = {"web": web.url, "http_password_env": "GERRIT_PASSWORD"}
    status, said = here.check(**keys)
    lines = [line.replace(web.url, "URL") for line in said.splitlines()]
    return status, [line for line in lines if " REST: " in line or " rights: " in line or "config.yaml" in line]


def test_f26_an_account_that_may_only_listen_and_comment_is_fine(tmp_path: Path) -> None:
    with web_world(tmp_path, LEAST) as (here, web):
        here.gerrit.add_account("dev")
        web.installed = False
        reads = (
            "ok     Gerrit REST: URL can be read; 0 events in the last minute; the plugin events-log is not installed"
        )
        unseen = (
            "ok     Gerrit rights: erbot administers nothing; there is no open change on which its votes could be seen"
        )
        assert rights(here, web)[1][:2] == [reads, unseen]
        change = here.gerrit.create_change("nova", "x", owner="dev")
        here.gerrit._changes.change(change).updated = 1
        status, said = rights(here, web)
        assert said[1] == (
            "ok     Gerrit rights: erbot administers nothing, and may neither vote nor submit on 1 open changes "
            "(none is ready to be submitted, so that this right could not be seen)"
        )
        web.ready, web.rights[change] = frozenset({change}), NO_SUBMIT
        status, said = rights(here, web)
        assert said[1] == (
            "ok     Gerrit rights: erbot administers nothing, and may neither vote nor submit on 1 open changes"
        )
        assert status == 0


def test_f26_an_account_that_could_vote_submit_or_administer_is_warned_of(tmp_path: Path) -> None:
    with web_world(tmp_path, {**LEAST, "administrateServer": True, "createAccount": True}) as (here, web):
        here.gerrit.add_account("dev")
        changes = [here.gerrit.create_change(f"p{number}", "x", owner="dev") for number in range(5)]
        web.ready = frozenset(changes[:1])
        web.rights = {change: {**VOTES, **(SUBMITS if change == changes[0] else {})} for change in changes}
        for change in changes:  # nothing but the rights is of the last minute
            here.gerrit._changes.change(change).updated = 1
        status, said = rights(here, web)
        assert status == 1
        assert said[1] == (
            "warn   Gerrit rights: erbot may do more than it needs: it holds administrateServer, createAccount; it may "
            "vote Code-Review -1 to +1 in p0, p1, p2 and 2 more projects, Workflow +1 in p0, p1, p2 and 2 more "
            "projects; it may submit changes of p0; take it away, as the page for your kind of site "
            "shows (docs/site-*.rst, The account on Gerrit)"
        )
        assert said[2].endswith("; but see the warning above")


def test_a_refused_http_password_is_said(tmp_path: Path) -> None:
    with web_world(tmp_path, LEAST) as (here, web):
        web.server.misbehave("/a/*", Answer(401), None)
        status, said = rights(here, web)
        assert status == 78
        assert said[0] == (
            "WRONG  Gerrit REST: Gerrit at URL refuses the HTTP password of erbot: make a new one at its Settings, "
            "HTTP Credentials, and write it where http_password_file (or http_password_env) says"
        )
        assert PASSWORD not in " ".join(said)
