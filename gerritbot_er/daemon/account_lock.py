"""A lock, so that one daemon at a time posts with an account: two would each comment on the same failure."""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from gerritbot_er.errors import Transient
from gerritbot_er.settings import Gerrit


@contextmanager
def account_lock(gerrit: Gerrit) -> Iterator[None]:
    """This account on this Gerrit for one process of this machine, until the block or the process ends.

    ``Transient`` while another has it.  The lock is a name that Linux gives to one socket alone (unix(7), abstract
    sockets): it needs no file, and its end is the process's.
    """
    account = f"{gerrit.username} at {gerrit.host} port {gerrit.port}"
    name = b"\0gerritbot-er " + hashlib.sha256(account.encode()).hexdigest().encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as held:
        try:
            held.bind(name)
        except OSError as error:
            raise Transient(
                f"another daemon on this machine speaks as {account}; stop it first, or give this one an account of "
                "its own"
            ) from error
        yield
