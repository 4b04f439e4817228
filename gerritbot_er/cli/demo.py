"""The ``demo`` command: the main job in one process, the real daemon on top of sandbox peers."""

import contextlib
import json
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from gerritbot_er.config import load
from gerritbot_er.daemon import Daemon
from gerritbot_er.errors import Transient
from gerritbot_er.sandbox import story
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.sandbox.gerrit import SandboxGerrit
from gerritbot_er.sandbox.gerrit_ssh import new_key
from gerritbot_er.sandbox.irc import SandboxIrc
from gerritbot_er.signatures.starter import starter_folder

BOT = "gerritbot-er"
CHANNEL = "#widgets"
END = "That was all: the comment and the notice came from the real daemon, and the log line from the logs."
PATIENCE = 25.0
"""Seconds that each part of the story may take."""


@dataclass(frozen=True, slots=True)
class World:
    """The sandbox peers, the folder with keys, configuration and state, and the daemon's configuration file."""

    folder: Path
    gerrit: SandboxGerrit
    ci: SandboxCI
    irc: SandboxIrc
    config: Path
    pages: str | None = None
    """The root of the daemon's pages."""


@click.command(epilog="\b\nExample: gerritbot-er demo")
@click.option("--keep", is_flag=True, help="Leave everything running until Ctrl-C, and say how to connect.")
def demo(*, keep: bool) -> None:
    """Show the main job on a sandbox; nothing else is needed.

    A Gerrit, a CI with logs and an IRC server, all in this process, with the real daemon on top: a change fails, and
    there are its comment and its IRC notice.  Kept, it serves its pages as well, and the change can be answered on.
    """
    console = Console(highlight=False)
    # As Ctrl-C does: the folder holds private keys, and goes whoever ends this.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with sandbox(pages=keep) as world, running(world):
        tell(console, world)
        if keep:
            _keep(console, world)


@contextlib.contextmanager
def sandbox(*, pages: bool = False) -> Iterator[World]:
    """The peers, with accounts and a configuration for the daemon; with ``pages`` it serves them."""
    with (
        tempfile.TemporaryDirectory(prefix="gerritbot-er-demo-") as name,
        SandboxGerrit() as gerrit,
        SandboxCI() as ci,
        SandboxIrc() as irc,
    ):
        folder = Path(name)
        story.add_accounts(gerrit, BOT, new_key(folder / "key"))
        gerrit.add_account(
            story.AUTHOR, name="A Developer", public_key=new_key(folder / "author-key"), stream_events=True
        )
        (folder / "known_hosts").write_text(gerrit.known_hosts)
        config = folder / "config.yaml"
        written = _configuration(gerrit, ci, irc)
        root = None
        if pages:
            port = _free_port()
            root = f"http://127.0.0.1:{port}/"
            written |= {"web": {"port": port}, "speaking": {"page": root}}
        config.write_text(json.dumps(written, indent=2))
        yield World(folder, gerrit, ci, irc, config, root)


def _free_port() -> int:
    """A port of this machine on which nothing listens now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _configuration(gerrit: SandboxGerrit, ci: SandboxCI, irc: SandboxIrc) -> dict[str, object]:
    """The configuration file's content (JSON is YAML)."""
    return {
        "gerrit": {
            "host": gerrit.host,
            "port": gerrit.port,
            "username": BOT,
            "key": "key",
            "known_hosts": "known_hosts",
        },
        "cis": [
            {
                "name": "zuul",
                "kind": "zuul",
                "account": story.CI_ACCOUNT,
                "web": ci.url,
                "tenant": ci.tenant,
                "log_store": "local",
                "log_hosts": ["127.0.0.1"],
            }
        ],
        "log_stores": {"local": {"kind": "local", "workers": 1, "allow_private": ["127.0.0.0/8"]}},
        "signatures": {"directories": [str(starter_folder())]},
        "irc": {"host": irc.host, "port": irc.port, "tls": False, "nick": "erbot", "channels": [{"name": CHANNEL}]},
        "rules": [{"mode": "on", "projects": ["example/*"]}],
        "waiting": {"poll": "1s"},
        "state": "state",
    }


@contextlib.contextmanager
def running(world: World, patience: float = PATIENCE) -> Iterator[Daemon]:
    """The real daemon, until the end of the block; ``Transient`` where a part of the story does not come."""
    daemon = Daemon(load(world.config))
    thread = threading.Thread(target=daemon.run, name="daemon")
    thread.start()
    try:
        world.gerrit.wait_for_stream(BOT, patience)
        world.irc.wait_for_join("erbot", CHANNEL, patience)
        yield daemon
    except TimeoutError as error:
        raise Transient(f"the story did not come to its end: {error}; try it again") from error
    finally:
        daemon.stop()
        thread.join()


def tell(console: Console, world: World) -> None:
    """The story, each part as soon as it happened."""
    failed = story.fail(world.gerrit, world.ci)
    where = f"{story.PROJECT} {failed.change},{failed.patchset}"
    _show(console, f"A change fails its checks: {where}", f"{story.SUBJECT}\n\n{_last_of(world, story.CI_ACCOUNT)}")
    world.gerrit.wait_for_message(failed.change, lambda message: message.author.username == BOT, PATIENCE)
    _show(console, "gerritbot-er comments on the change", _last_of(world, BOT))
    said = world.irc.wait_for_notice(CHANNEL, PATIENCE)
    _show(console, f"gerritbot-er says on IRC, in {CHANNEL}", f"<{said.nick}> {said.text}")
    console.print(END, soft_wrap=True)


def _last_of(world: World, author: str) -> str:
    return world.gerrit.messages(1, author)[-1].text


def _show(console: Console, title: str, text: str) -> None:
    if console.is_terminal:
        console.print(Panel(Text(text), title=title, title_align="left", padding=(1, 2)))
    else:
        console.print(Text(f"=== {title}\n\n{text}\n"), soft_wrap=True)


def _keep(console: Console, world: World) -> None:
    ssh = (
        f"ssh -p {world.gerrit.port} -i {world.folder}/author-key -o IdentitiesOnly=yes"
        f" -o UserKnownHostsFile={world.folder}/known_hosts {story.AUTHOR}@{world.gerrit.host} gerrit"
    )
    lines = (
        "Still running; end it with Ctrl-C.",
        f"Pages:   {world.pages}",
        f'Answer:  echo \'{{"message": "er: wrong bug"}}\' | {ssh} review --json 1,1',
        f"Gerrit:  {ssh} stream-events",
        f"         {ssh} query --format=JSON --comments change:1",
        f"CI:      {world.ci.url}/api/tenant/{world.ci.tenant}/builds",
        f"IRC:     {world.irc.host} port {world.irc.port}, without TLS, channel {CHANNEL}",
        f"daemon:  {_program()} status -c {world.config}",
    )
    console.print(Text("\n".join(lines)), soft_wrap=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def _program() -> str:
    """How this program was called, to be called again."""
    called = sys.argv[0]
    return called if Path(called).name == "gerritbot-er" else f"{sys.executable} -m gerritbot_er"
