"""Planted secrets of every kind go nowhere: not into the log at DEBUG, the state, comments or notices."""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import gerritbot_er
from gerritbot_er.sandbox import story
from gerritbot_er.sandbox.irc import SandboxIrc

from .daemon_running import BOT, CHANNEL, LOCAL_STORE, PATIENCE, Site, eventually, irc_part, site
from .search_peer import Answer, Asked, search_peer

SECRETS = {
    "sasl": "canary-of-irc-4711",
    "api_key": "canaryid:canary-of-api-key-4711",
    "password": "canary-of-cluster-4711",
    "http": "canary-of-gerrit-4711",
}
IN_LOGS = ("canary-of-a-url-4711", "canary-of-a-header-4711", "canary-of-a-variable-4711")
LINE = (
    f"toomanyrequests: pull rate limit of https://bob:{IN_LOGS[0]}@registry.example.org "
    f"Authorization: Bearer {IN_LOGS[1]} os_password={IN_LOGS[2]}"
)
MASKED = (
    "toomanyrequests: pull rate limit of https://***@registry.example.org Authorization: Bearer *** os_password=***"
)


def forms() -> Iterator[bytes]:
    """Each secret as it is, and as it goes over the wire."""
    users = ("", "canaryid:", "erbot\0", "\0erbot\0", "bot:", f"{BOT}:")
    for secret in (*SECRETS.values(), *IN_LOGS):
        for user in users:
            whole = (user + secret).encode()
            yield from (whole, base64.b64encode(whole).rstrip(b"="))


def echo(asked: Asked) -> Answer:
    """A server, or a proxy before it, that tells the world what it was sent."""
    sent = asked.headers.get("authorization", "nothing")
    return Answer({"error": {"type": "security_exception", "reason": f"not with {sent}"}, "status": 401}, status=401)


def test_f39_no_secret_is_in_the_log_the_state_or_what_is_said() -> None:
    with ExitStack() as peers:
        at = peers.enter_context(site())
        irc = peers.enter_context(SandboxIrc(accounts={"erbot": SECRETS["sasl"]}))
        servers = [peers.enter_context(search_peer(echo)) for _ in range(3)]
        config = configure(at, irc, [port for _, port in servers])
        with running(at, config) as log:
            irc.wait_for_join("erbot", CHANNEL, PATIENCE)
            change = fail_everywhere(at)
            comment = at.await_comment(change)
            notice = irc.wait_for_notice(CHANNEL, PATIENCE)
            eventually("each server is asked", lambda: all(peer.asked for peer, _ in servers))
            eventually("both clusters' refusals are told", lambda: log.read_text().count("not with") >= 2)
        kept = b"".join(path.read_bytes() for path in (at.folder / "state").iterdir())
        texts = {"log": log.read_bytes(), "state": kept, "said": f"{comment}\n{notice.text}".encode()}
    assert f"    {MASKED[:60]}" in comment
    assert b"listening to Gerrit's events" in texts["log"]
    assert {where: [form for form in forms() if form in text] for where, text in texts.items()} == {
        "log": [],
        "state": [],
        "said": [],
    }


def configure(at: Site, irc: SandboxIrc, ports: list[int]) -> Path:
    """A daemon that is given a secret for everything that takes one."""
    for name, secret in SECRETS.items():
        (at.folder / name).write_text(secret)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    clusters = {
        "keyed": {"kind": "elasticsearch", "url": urls[0], "api_key_file": "api_key"},
        "named": {"kind": "opensearch", "url": urls[1], "username": "bot", "password_file": "password"},
    }
    at.settings(
        gerrit=at.gerrit_part(web=urls[2], http_password_file="http"),  # noqa: S106 - a path
        cis=[at.ci_part("zuul", story.CI_ACCOUNT, "local"), *(at.ci_part(name, name, name) for name in clusters)],
        log_stores={"local": LOCAL_STORE, **clusters},
        irc=irc_part(irc.port, sasl_username="erbot", sasl_password_file="sasl"),  # noqa: S106 - a path
        log_level="DEBUG",
    )
    return at.folder / "state.yaml"


def fail_everywhere(at: Site) -> int:
    """A change whose job fails at each of the CIs, with secrets in its log."""
    change = at.gerrit.create_change(story.PROJECT, story.SUBJECT, owner=story.AUTHOR)
    for account in (story.CI_ACCOUNT, "keyed", "named"):
        at.gerrit.add_account(account)
        buildset = at.ci.add_buildset(change, 1, project=story.PROJECT, ref_url="https://review.example.org/1")
        build = at.ci.add_build(buildset, story.JOB, "FAILURE", duration=9.0)
        at.ci.upload_logs(build.uuid, {"job-output.txt": f"{LINE}\n".encode()})
        at.gerrit.comment(account, change, at.ci.comment(buildset))
    return change


@contextmanager
def running(at: Site, config: Path) -> Iterator[Path]:
    """The daemon as a process of its own, until the end of the block; where its log is."""
    log = at.folder / "log"
    environment = {**os.environ, "PYTHONPATH": str(Path(gerritbot_er.__file__).parents[1])}
    command = [sys.executable, "-m", "gerritbot_er", "run", "-c", str(config)]
    with log.open("wb") as stderr, subprocess.Popen(command, env=environment, stderr=stderr) as process:
        try:
            yield log
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
