"""IrcNotices in a thread, as the daemon runs it, for the time of a ``with`` block."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gerritbot_er.chat.irc import IrcNotices, IrcState
from gerritbot_er.chat.session import Timing
from gerritbot_er.model import Notice
from gerritbot_er.secret import Secret
from gerritbot_er.settings import ChannelRule, Irc

QUICK = Timing(
    connect=2.0, step=0.5, join=1.0, rejoin=0.5, dead_channel=60.0, quiet=0.5, pong=0.5, regain=0.3, reconnect=0.1,
    reconnect_most=0.2, refused=0.1, tick=0.02,
)  # fmt: skip


class RealClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class Running:
    """The notices, and ways to wait for them."""

    def __init__(self, notices: IrcNotices) -> None:
        self.notices = notices
        self.error: BaseException | None = None
        self._pause = threading.Event()

    def say(self, *texts: str, channel: str = "#qa") -> None:
        for text in texts:
            self.notices.say(Notice(channel, text))

    def wait(self, what: str, seconds: float = 15.0) -> IrcState:
        """Wait for a state: "connected", "joined", "away", or words that its reason holds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.notices.state()
            reasons = " ".join([state.why or "", *(why for _, why in state.absent)])
            if {"connected": state.connected, "joined": bool(state.joined), "away": not state.connected}.get(
                what, what in reasons
            ):
                return state
            self._pause.wait(0.02)
        raise AssertionError(f"not {what} in {seconds} s: {self.notices.state()}")


@contextmanager
def running(
    port: int,
    *,
    host: str = "127.0.0.1",
    tls: bool = False,
    ca_file: Path | None = None,
    account: str | None = None,
    word: str = "secretpass",
    timing: Timing = QUICK,
) -> Iterator[Running]:
    settings = Irc(
        host=host,
        port=port,
        nick="erbot",
        channels=(ChannelRule(name="#qa"),),
        tls=tls,
        ca_file=ca_file,
        sasl_username=account,
    )
    run = Running(IrcNotices(settings, Secret(word) if account else None, RealClock(), timing=timing))
    stop = threading.Event()

    def work() -> None:
        try:
            run.notices.run(stop)
        except BaseException as error:  # noqa: BLE001 - whatever ends the loop is the test's finding
            run.error = error

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield run
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
        assert run.error is None, run.error
