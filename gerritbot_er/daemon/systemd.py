"""What systemd is told over its notification socket (sd_notify(3)); nothing where there is none."""

import os
import socket
from collections.abc import Mapping


class Notifier:
    """Sends state lines such as READY=1; ``watchdog`` is the interval systemd asks for in seconds, None without one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        ours = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        microseconds = environ.get("WATCHDOG_USEC", "")
        self.watchdog = int(microseconds) / 1e6 if ours and microseconds.isdigit() and int(microseconds) else None

    def say(self, *lines: str) -> None:
        """Send these lines; a socket that went away is no reason to stop."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as peer:
            peer.settimeout(1.0)
            try:
                peer.sendto("\n".join(lines).encode(), address)
            except OSError:
                return
