"""Paramiko and orjson and nothing else: every event is parsed, none is looked at."""

from pathlib import Path

import orjson
import paramiko
from measuring import measure


def read(port: int, folder: Path, events: int) -> tuple[int, int]:
    """See ``measuring.Read``."""
    ssh = paramiko.SSHClient()
    ssh.load_host_keys(str(folder / "known_hosts"))
    ssh.connect("127.0.0.1", port, "er", key_filename=str(folder / "key"), allow_agent=False, look_for_keys=False)
    channel = ssh.exec_command("gerrit stream-events")[1].channel
    seen, rest = 0, b""
    while chunk := channel.recv(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            orjson.loads(line)
        seen += len(lines)
    if seen != events:
        raise RuntimeError(f"{seen} events of {events}")
    return seen, seen


if __name__ == "__main__":
    measure(read)
