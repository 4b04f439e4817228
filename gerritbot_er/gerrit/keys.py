"""The two keys of a connection: ours, from one file, and the server's, which the known_hosts file must hold."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from gerritbot_er.errors import Misconfigured

SSH_PORT = 22
_RSA_SIGNATURES = ("rsa-sha2-512", "rsa-sha2-256")
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of the server as a line of the known_hosts file holds it."""

    line: int
    key: paramiko.PKey
    revoked: bool = False


def own_key(path: Path) -> paramiko.PKey:
    """Our private key; Misconfigured where there is none that can be used without a passphrase."""
    try:
        return paramiko.PKey.from_path(path)
    except FileNotFoundError:
        raise Misconfigured(
            f"{path}: there is no such file; make a key with: ssh-keygen -t ed25519 -N '' -f {shlex.quote(str(path))}"
        ) from None
    except OSError as error:
        raise Misconfigured(f"{path}: the key can not be read ({error.strerror}); let our user read it") from None
    except (paramiko.PasswordRequiredException, TypeError):  # cryptography says a missing passphrase as a TypeError
        raise Misconfigured(
            f"{path}: the key is locked by a passphrase; take it off with: ssh-keygen -p -N '' -f "
            f"{shlex.quote(str(path))}"
        ) from None
    except (ValueError, paramiko.SSHException, paramiko.pkey.UnknownKeyType, UnsupportedAlgorithm):
        raise Misconfigured(
            f"{path}: this is no private SSH key (of type ed25519, ecdsa or rsa); name the private half, not the .pub"
        ) from None


def known_keys(path: Path, host: str, port: int) -> tuple[KnownKey, ...]:
    """What the known_hosts file holds for this host and port, plain or hashed; Misconfigured where it is unreadable."""
    try:
        lines = path.read_text("utf-8", "replace").split("\n")
    except FileNotFoundError:
        raise Misconfigured(f"{path}: there is no such file; {_how_to_trust(path, host, port)}") from None
    except OSError as error:
        raise Misconfigured(f"{path}: the file can not be read ({error.strerror}); let our user read it") from None
    found = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else None
        if len(fields) < _FIELDS or line.lstrip().startswith("#") or marker == "@cert-authority":
            continue
        try:
            if any(_names(pattern, _lookup_name(host, port)) for pattern in fields[0].split(",")):
                entry = HostKeyEntry.from_line(" ".join(fields[:_FIELDS]), number)
                if entry is not None and entry.key is not None:
                    found.append(KnownKey(number, entry.key, marker == "@revoked"))
        except (InvalidHostKey, paramiko.SSHException, ValueError, AssertionError):
            raise Misconfigured(f"{path}, line {number}: this is no host key; delete the line or repair it") from None
    return tuple(found)


def preferred_types(known: Sequence[KnownKey], offered: Sequence[str]) -> tuple[str, ...]:
    """The key types to ask the server for, those that are known first: it shows only one of its keys."""
    wanted = dict.fromkeys(entry.key.get_name() for entry in known)
    if "ssh-rsa" in wanted:
        wanted |= dict.fromkeys(_RSA_SIGNATURES)
    return (*(name for name in offered if name in wanted), *(name for name in offered if name not in wanted))


def check_host_key(path: Path, host: str, port: int, known: Sequence[KnownKey], shown: paramiko.PKey) -> None:
    """Nothing where the key that the server shows is a known one; else Misconfigured, with the fingerprints."""
    same = [entry for entry in known if entry.key.asbytes() == shown.asbytes()]
    if same and not any(entry.revoked for entry in same):
        return
    server, print_shown = f"{host} port {port}", f"{shown.get_name()} {shown.fingerprint}"
    if same:
        raise Misconfigured(f"{path}, line {same[0].line}: the host key that {server} shows is revoked: {print_shown}")
    trusted = [entry for entry in known if not entry.revoked]
    if not trusted:
        raise Misconfigured(
            f"{path}: the host key of {server} is not known; it shows {print_shown}; "
            f"compare that with what its administrator says, then {_how_to_trust(path, host, port)}"
        )
    lines = ", ".join(f"line {entry.line} holds {entry.key.get_name()} {entry.key.fingerprint}" for entry in trusted)
    forget = f"ssh-keygen -R {shlex.quote(_lookup_name(host, port))} -f {shlex.quote(str(path))}"
    raise Misconfigured(
        f"{path}: the host key of {server} has changed: {lines}; it shows {print_shown}; "
        f"compare that with what its administrator says, then forget the old one with: {forget} "
        f"and {_how_to_trust(path, host, port)}"
    )


def _lookup_name(host: str, port: int) -> str:
    return host if port == SSH_PORT else f"[{host}]:{port}"


def _names(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        return paramiko.HostKeys.hash_host(name, pattern) == pattern
    return pattern.lower() == name.lower()


def _how_to_trust(path: Path, host: str, port: int) -> str:
    return f"trust it with: ssh-keyscan -p {port} {shlex.quote(host)} >> {shlex.quote(str(path))}"
