"""Planted secrets of every kind, a log at DEBUG, outages and kills beside real servers: none is written anywhere."""

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.ports import Failpoint

from .failpoint_daemon import said_at
from .failures import document
from .servers.gerrit import Change, GerritServer
from .servers.http_proxy import HttpProxy, http_proxy
from .servers.irc import InspIrcd
from .servers.search import SearchServer
from .servers.tcp_proxy import tcp_proxy
from .servers.zuul_comments import ZuulBuild, comment
from .site import BOT, DISK_FULL, ZUUL_WEB, Site, site, zuul

CANARY = f"canary{secrets.token_hex(12)}"
OURS = {name: f"{name}{CANARY}" for name in ("cluster", "apikey", "irc", "http")}
"""What the daemon is given for its peers."""
THEIRS = {name: f"{name}{CANARY}" for name in ("url", "header", "variable", "option")}
"""What people left in their logs."""
LINE = (
    f"{DISK_FULL} after https://bob:{THEIRS['url']}@mirror.example.org with Authorization: Bearer {THEIRS['header']}"
    f" OS_PASSWORD={THEIRS['variable']} --token {THEIRS['option']}"
)
MASKED = f"{DISK_FULL} after https://***@mirror.example.org with Authorization: Bearer *** OS_PASSWORD=*** --token ***"
CIS = {"zuul": "named", "jenkins": "keyed"}
"""The log store of each CI's account."""
QUOTED = 100
"""Characters of a line that a comment quotes at least."""
PATIENCE = 120.0
ACCOUNT = f"acc{secrets.token_hex(3)}"


@pytest.fixture
def http_password(gerrit: GerritServer) -> Iterator[str]:
    """Our account's on Gerrit, until the end of the test."""
    path = f"/accounts/{BOT}/password.http"
    gerrit.rest("PUT", path, {"http_password": OURS["http"]})
    yield OURS["http"]
    gerrit.rest("PUT", path, {"http_password": gerrit.password})


def test_f39_no_planted_secret_is_written_through_outages_and_kills(
    gerrit: GerritServer, elasticsearch: SearchServer, inspircd: InspIrcd, http_password: str
) -> None:
    inspircd.register(ACCOUNT, OURS["irc"])
    with (
        tcp_proxy(gerrit.ssh_port) as line,
        http_proxy(elasticsearch.port) as proxy,
        site(gerrit, store={}, irc=inspircd, ssh_port=line.port) as made,
    ):
        plant(made, proxy, http_password)
        made.start()
        told = [fail(made, elasticsearch, account) for account in CIS]
        proxy.answer(503, times=2)
        proxy.cut(times=2)
        line.cut()
        told += [fail(made, elasticsearch, account) for account in CIS]
        for change in told:
            made.await_done(change, seconds=PATIENCE)
        made.kill()
        inspircd.pause_services()  # the next login on IRC gets no answer
        killed = made.launch_with_failpoint("--at", "DECIDED")
        told.append(fail(made, elasticsearch, "zuul"))
        killed.popen.wait(40)
        inspircd.resume()
        assert said_at(Failpoint.DECIDED, 1) in killed.log.read_text()
        made.start()
        for change in told:
            made.await_done(change, seconds=PATIENCE)
        shown = made.run("status") + made.run("status", "--json") + made.run("check-config")
        assert made.stop() == 0

        said = [one.text for change in told for one in made.comments(change)]
        assert [f"    {MASKED[:QUOTED]}" in text for text in said] == [True] * len(told)
        # The daemon also reads what other tests left on this Gerrit.
        verdicts = made.rows("SELECT verdict FROM cases WHERE project = ?", made.project)
        assert [MASKED in verdict for (verdict,) in verdicts] == [True] * len(told)
        assert {request.headers.get("authorization", "")[:6] for request in proxy.requests} >= {"Basic ", "ApiKey"}
        written = {
            "shown": shown.encode(),
            "said": "\n".join([*said, *made.notices()]).encode(),
            **{file.name: file.read_bytes() for file in (*made.folder.glob("*.log"), *made.state.glob("*.db*"))},
        }
        assert b"listening to Gerrit's events" in written["daemon-1.log"]
        hidden = list(forms(gerrit.key(BOT)))
        assert {where: [form for form in hidden if form in text] for where, text in written.items()} == {
            where: [] for where in written
        }


def plant(made: Site, proxy: HttpProxy, http_password: str) -> None:
    """Give the daemon a secret for everything that takes one."""
    folder = made.folder / "secrets"
    folder.mkdir()
    for name, secret in OURS.items():
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    config = json.loads(made.config.read_text())
    config["cis"] = [zuul(name=name, account=name, log_store=store) for name, store in CIS.items()]
    config["log_stores"] = {
        "named": {"kind": "elasticsearch", "url": proxy.url, "username": "er", "password_file": "secrets/cluster"},
        "keyed": {"kind": "elasticsearch", "url": proxy.url, "api_key_file": "secrets/apikey"},
    }
    config["irc"] |= {"sasl_username": ACCOUNT, "sasl_password_file": "secrets/irc"}
    assert http_password == OURS["http"]
    config["gerrit"] |= {"web": made.gerrit.url, "http_password_file": "secrets/http"}
    config["log_level"] = "DEBUG"
    made.config.write_text(json.dumps(config))


def fail(made: Site, elasticsearch: SearchServer, account: str) -> Change:
    """A change whose job fails at a CI, with secrets in the line of its log that tells why."""
    change = made.gerrit.create_change(made.project)
    build = ZuulBuild("nova-next")
    words = comment([build], web_root=f"{ZUUL_WEB}/t/openstack/", failure_message="Build failed (check pipeline).")
    made.gerrit.review(account, change.number, words)
    elasticsearch.index(document(build, change, text) for text in ("it begins", LINE, "it ends"))
    return change


def forms(key: Path) -> Iterator[bytes]:
    """Each secret as it is and as it goes over the wire, and the lines of our private key."""
    for secret in (*OURS.values(), *THEIRS.values()):
        for user in ("", "er:", f"{BOT}:", f"\0{ACCOUNT}\0", f"{ACCOUNT}\0{ACCOUNT}\0"):
            whole = (user + secret).encode()
            yield from (whole, base64.b64encode(whole).rstrip(b"="))
    yield from key.read_bytes().splitlines()[1:-1]
