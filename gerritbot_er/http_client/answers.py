"""An answer as it is read: within its limits, and whole or an error."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from urllib3.connection import HTTPConnection
from urllib3.response import BaseHTTPResponse

from gerritbot_er.errors import Transient

from .addresses import Target
from .errors import TooLarge, TooSlow, meaning_of_error
from .watch import Watch

NOT_MODIFIED = 304
_READ = 64 * 1024
_LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may cost: times in seconds, sizes in bytes.

    ``silence`` is the longest time without a byte, and for the head of the answer; ``total`` that of the whole
    request; ``rate`` the fewest bytes a second of the body that are waited for, on average and from ``grace`` on;
    ``packed`` and ``plain`` the most bytes before and after decompression.
    """

    connect: float = 10.0
    silence: float = 30.0
    total: float = 300.0
    rate: float = 16 * 1024
    grace: float = 10.0
    packed: int = 256 * 1024 * 1024
    plain: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent: ``url`` is the last one of the redirects, ``chunks`` the plain bytes as they come.

    ``tag`` names this state of it ("" where the server gives no name); ``unchanged``: it is still the one whose tag was
    asked with, and nothing is sent.  Reading ``chunks`` raises TooLarge, TooSlow, Transient (cut) or Permanent
    (damaged).
    """

    url: str
    content_type: str
    chunks: Iterator[bytes]
    tag: str = ""
    unchanged: bool = False

    def body(self) -> bytes:
        """All bytes at once."""
        return b"".join(self.chunks)


@dataclass(slots=True)
class Open:
    """A response that is being read, and its connection."""

    target: Target
    connection: HTTPConnection
    response: BaseHTTPResponse
    watch: Watch
    whole: bool = field(default=False)


def off_the_wire(opened: Open, limits: Limits) -> Iterator[bytes]:
    """The bytes before decompression; raises where they are cut off, too slow or too many."""
    received = 0
    while True:
        try:
            with opened.watch.waiting():
                chunk = opened.response.read1(_READ, decode_content=False)
        except Exception as error:  # noqa: BLE001 - a hostile answer can bring any error out of the libraries
            raise meaning_of_error(opened.target, error, opened.watch) from None
        if not chunk:
            opened.watch.stop()
            _check_whole(opened, received)
            opened.whole = True
            return
        received += len(chunk)
        opened.watch.received(len(chunk))
        if received > limits.packed:
            raise TooLarge(f"more than {limits.packed} bytes before decompression")
        yield chunk


def _check_whole(opened: Open, received: int) -> None:
    """A cut answer and one that our own watch ended both look like its end."""
    if opened.watch.verdict:
        raise TooSlow(opened.watch.verdict)
    if opened.response.status == NOT_MODIFIED:
        return  # what it announces is the length of what it does not send
    announced = opened.response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(announced) <= _LONGEST_NUMBER and received < int(announced):
        raise Transient(f"{opened.target.host} closed the connection after {received} of {announced} bytes")


def at_most(chunks: Iterator[bytes], most: int, opened: Open) -> Iterator[bytes]:
    """The chunks, and TooLarge after so many bytes of them."""
    given = 0
    for chunk in chunks:
        room = most - given
        given += len(chunk)
        if given > most:
            opened.watch.stop()
            if room:
                yield chunk[:room]
            raise TooLarge(f"more than {most} bytes")
        yield chunk
