"""Certificates for one test run: a self-signed one for a server, or an authority with a server's and a client's."""

from __future__ import annotations

from pathlib import Path

from . import fetch
from .processes import HOST, run_tool

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_DAYS = ("-days", "2")
_LEAF = "basicConstraints=critical,CA:FALSE"


def self_signed(folder: Path, name: str) -> Path:
    """Write ``cert.pem`` and ``key.pem`` for the host ``name`` and the loopback address; returns the certificate."""
    subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:{HOST}")
    _openssl(folder, "-x509", *_NEW_KEY, *_DAYS, *subject, "-keyout", "key.pem", "-out", "cert.pem")
    (folder / "key.pem").chmod(0o644)  # servers give up root before they read it
    return folder / "cert.pem"


def authority(folder: Path) -> None:
    """Write ``ca.pem``; ``server.pem`` with key and certificate; ``client.pem`` and ``client.key``."""
    _openssl(folder, "-x509", *_NEW_KEY, *_DAYS, "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem")
    signed = ("-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *_DAYS)
    for name in ("server", "client"):
        subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:localhost,IP:{HOST}", "-addext", _LEAF)
        _openssl(folder, *signed, *_NEW_KEY, *subject, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    server = folder / "server.pem"
    server.write_text((folder / "server.key").read_text() + server.read_text())


def _openssl(folder: Path, *words: str) -> None:
    run_tool([fetch.program("openssl", "openssl"), "req", *words], cwd=folder)
