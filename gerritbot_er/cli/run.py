"""The ``run`` command: the daemon, with the signals that end it or make it look at its files."""

import json
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from gerritbot_er import __version__
from gerritbot_er.model import Signature
from gerritbot_er.ports import Post
from gerritbot_er.settings import Settings

from . import common

log = logging.getLogger(__name__)


@click.command(epilog="\b\nExample: gerritbot-er run -c /etc/gerritbot-er/config.yaml --dry-run")
@common.with_config
@click.option(
    "--dry-run",
    is_flag=True,
    help="Do everything except posting, and show what would be posted (also for what is in shadow).  What it records "
    "is not posted later either: give it a state folder of its own.",
)
@click.option("--since", type=common.Duration(), help="At the very first start, begin so long ago, such as 2h.")
@common.with_json
def run(config: Path, *, dry_run: bool, since: float | None, as_json: bool) -> None:
    """Run the daemon.

    SIGTERM ends it, finishing what is being posted.  SIGHUP makes it look at its files at once, which it does every few
    seconds anyway: changed signatures and a changed configuration are taken over whole, or not at all.
    """
    from gerritbot_er.clock import SystemClock  # noqa: PLC0415 - see cli: each command's libraries when it is called
    from gerritbot_er.daemon import Daemon  # noqa: PLC0415
    from gerritbot_er.daemon.handover import Handover  # noqa: PLC0415

    settings = common.read_config(config)
    common.set_up_log(settings.log_level)
    log.info("gerritbot-er %s starts; configuration %s, state %s", __version__, config.absolute(), settings.state)
    begin = int(SystemClock().now() - since) if since else None
    show = (show_json if as_json else show_text) if dry_run else None

    last_good: dict[str, Signature] = {}

    def build(settings: Settings) -> Daemon:
        logging.getLogger().setLevel(settings.log_level)
        return Daemon(settings, since=begin, show=show, last_good=last_good)

    handover = Handover(config, build)

    def end(_signal: int, _frame: FrameType | None) -> None:
        handover.stop()

    def reload(_signal: int, _frame: FrameType | None) -> None:
        handover.reload()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGHUP, reload)
    sys.exit(0 if handover.run(settings) else 1)


def show_text(post: Post) -> None:
    """What would be posted, for people."""
    click.echo(
        f"--- would be posted to {post.sink} about {post.change},{post.patchset} (case {post.case_id})\n{post.body}\n"
    )


def show_json(post: Post) -> None:
    """What would be posted, one JSON object a line."""
    fields = {"case": post.case_id, "sink": post.sink, "change": post.change, "patchset": post.patchset}
    click.echo(json.dumps({**fields, "bugs": post.bugs, "text": post.body}))
