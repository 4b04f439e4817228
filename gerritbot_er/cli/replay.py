"""The ``replay`` command: recorded events through the whole daemon on simulated time, and what it would have said."""

import json
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from . import common
from .recorded import Authors, Skipped, recorded_events, with_events

_EXAMPLE = """\b
Example:
  ssh -p 29418 review.example.org gerrit stream-events > events.jsonl
  gerritbot-er replay events.jsonl -c /etc/gerritbot-er/config.yaml
"""


@click.command(epilog=_EXAMPLE)
@with_events
@common.with_config
@click.option(
    "--ask",
    is_flag=True,
    help="Ask the log stores and the CIs' servers of the configuration; else each case shows what its report tells.",
)
@common.with_json
def replay(files: Sequence[Path], config: Path, *, ask: bool, as_json: bool) -> None:
    """Run recorded events through the daemon, and post nothing.

    It is the whole daemon, at full speed.  EVENTS are files of stream events, one JSON object a line, plain or gzipped,
    oldest first; "-" is stdin.  Prints a line for each decision and a summary.  Time is that of the events, so a case
    waits for its logs no longer than it takes to say so.
    """
    from gerritbot_er.clock import SystemClock  # noqa: PLC0415 - see cli: each command's libraries when it is called
    from gerritbot_er.peers import open_infos, open_stores  # noqa: PLC0415
    from gerritbot_er.replay import Decision, OutageMoment, Replay  # noqa: PLC0415
    from gerritbot_er.signatures.live_library import LiveLibrary  # noqa: PLC0415

    from . import replay_words as words  # noqa: PLC0415

    settings = common.read_config(config)
    live_library = LiveLibrary(settings.signatures.directories, settings.signatures.bug_url)
    for problem in live_library.problems:
        click.echo(f"signature left out: {problem}", err=True)
    common.set_up_log("WARNING")
    began, skipped = time.monotonic(), Skipped()
    authors = Authors(ci.account for ci in settings.cis)

    def decided(decision: Decision) -> None:
        click.echo(json.dumps(words.as_json(decision)) if as_json else words.line(decision))

    def outaged(moment: OutageMoment) -> None:
        click.echo(json.dumps(words.outage_as_json(moment)) if as_json else words.outage_line(moment))

    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="gerritbot-er-replay-")))
        stores = open_stores(settings, os.environ, closing) if ask else None
        infos = open_infos(settings, SystemClock().monotonic, closing) if ask else None
        run = Replay(settings, live_library.library, folder, decided, stores=stores, infos=infos, outaged=outaged)
        tally = run.run(recorded_events(files, skipped, authors))
    silent = words.silent_cis(settings.cis, tally, authors.comments, authors.usernames)
    if as_json:
        click.echo(json.dumps({"summary": words.summary_as_json(tally, silent)}))
    else:
        click.echo("\n".join(words.summary(tally, silent)))
    skipped.sum_up()
    if not ask:
        click.echo("no log store and no CI server was asked: --ask asks those of the configuration", err=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"replayed in {time.monotonic() - began:.1f} s, with {memory:.0f} MB of memory", err=True)
