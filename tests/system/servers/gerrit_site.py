"""An initialised Gerrit site with the accounts of the tests, made once, kept in the cache and copied for each server.

No Gerrit war is published to Maven, but gerrit-plugin-api and gerrit-acceptance-framework of one version together hold
the whole server; the servlet API and Bouncy Castle have to be added. 3.10.2 is of the last line that runs on Java 17.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import fetch
from .processes import HOST, Process, ServerFailed, free_port, new_folder, remove_folder, run_tool, spawn

VERSION = "3.10.2"
PASSWORD = "secret"  # noqa: S105 - of every account of the tests; `init --dev` gives it to admin
PROJECT = "openstack/nova"
READY_SECONDS = 120.0

_BOUNCY_CASTLE = "1.78.1"
_ARTIFACTS = (
    f"com.google.gerrit:gerrit-plugin-api:{VERSION}:jar",
    f"com.google.gerrit:gerrit-acceptance-framework:{VERSION}:jar",
    "javax.servlet:javax.servlet-api:3.1.0:jar",
    *(f"org.bouncycastle:{name}-jdk18on:{_BOUNCY_CASTLE}:jar" for name in ("bcprov", "bcpkix", "bcpg", "bcutil")),
)
# The jars lack two resources of the war: without a log4j configuration sshd logs at DEBUG, 20 MB a minute; without the
# version Gerrit calls itself "(dev)" and Zuul, taking that for 0.0.0, leaves the tags off its comments.
_RESOURCES = {
    "log4j.properties": (
        "log4j.rootLogger=INFO, console\n"
        "log4j.logger.org.apache.sshd=WARN\n"
        "log4j.logger.org.eclipse.jetty=WARN\n"
        "log4j.appender.console=org.apache.log4j.ConsoleAppender\n"
        "log4j.appender.console.layout=org.apache.log4j.PatternLayout\n"
        "log4j.appender.console.layout.ConversionPattern=%d %-5p %c: %m%n\n"
    ),
    "com/google/gerrit/common/Version": f"{VERSION}\n",
}
_FLOGGER = (
    "-Dflogger.backend_factory=com.google.common.flogger.backend.log4j.Log4jBackendFactory#getInstance",
    "-Dflogger.logging_context=com.google.gerrit.server.logging.LoggingContext#getInstance",
)
_JVM = ("-Xmx384m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *_FLOGGER)

SERVICE_USERS = "Service Users"  # Gerrit's own group with the right to stream events
CI_USERS = "CI Users"  # ours, with the right to vote Verified
ACCOUNTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "zuul": ("Zuul", (SERVICE_USERS, CI_USERS)),
    "jenkins": ("Jenkins", (SERVICE_USERS, CI_USERS)),
    "gerritbot-er": ("gerritbot-er", (SERVICE_USERS,)),
    "dev": ("A Developer", ()),
}
_SETTINGS = {
    "sendemail.enable": "false",
    "index.batchThreads": "1",
    "change.disablePrivateChanges": "false",
}
_VERIFIED = {
    "function": "NoBlock",
    "default_value": 0,
    "values": {"-2": "Fails", "-1": "Does not seem to work", " 0": "No score", "+1": "Works for me", "+2": "Verified"},
    "commit_message": "Label for the CIs",
}


class RestError(Exception):
    """Gerrit answered a REST request with an error; ``status`` is its HTTP status."""

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        super().__init__(f"{method} {path}: {status} {body.strip()[:500]}")
        self.status = status


def rest(url: str, user: str, method: str, path: str, body: object = None) -> Any:
    """One authenticated REST request; a text body goes as plain text, any other as JSON. Returns the parsed answer."""
    plain = isinstance(body, str)
    data = None if body is None else (str(body) if plain else json.dumps(body)).encode()
    credentials = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "text/plain" if plain else "application/json; charset=UTF-8"
    request = urllib.request.Request(f"{url}/a{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as refused:
        raise RestError(method, path, refused.code, refused.read().decode(errors="replace")) from None
    text = text.removeprefix(")]}'\n")
    return json.loads(text) if text.strip() else None


def configure(site: Path, key: str, value: str) -> None:
    """Set ``section.name`` in the site's gerrit.config; the server reads it when it starts."""
    run_tool(["git", "config", "-f", site / "etc" / "gerrit.config", key, value], cwd=site)


def launch(site: Path, folder: Path, ssh_port: int, http_port: int) -> Process:
    """Start the server of ``site`` on these loopback ports and return when it takes REST and SSH connections."""
    url = f"http://{HOST}:{http_port}/"
    configure(site, "gerrit.canonicalWebUrl", url)
    configure(site, "httpd.listenUrl", url)
    configure(site, "sshd.listenAddress", f"{HOST}:{ssh_port}")
    command = _command("daemon", "-d", str(site), "--console-log", "--enable-httpd")
    process = spawn("gerrit", command, folder, env=_environment())
    ready = f"Gerrit Code Review {VERSION} ready"  # said once sshd and httpd both listen
    try:
        process.await_ready(lambda: ready in process.log.read_text(errors="replace"), READY_SECONDS)
    except ServerFailed:
        process.kill()
        raise
    return process


def template() -> Path:
    """The cached site, made at the first call: about 20 s."""
    entry = f"gerrit-{VERSION}-site"
    with fetch.in_the_making(entry) as folder:
        if folder is not None:
            _initialise(folder / "site")
    return fetch.cache_folder() / entry / "site"


def _initialise(site: Path) -> None:
    # Into a folder that is not there yet: Gerrit takes an existing one for an upgrade and makes no administrator.
    folder = new_folder("gerrit-init")
    try:
        init = _command(
            "init", "--batch", "--dev", "--no-auto-start", "--skip-plugins", "--skip-all-downloads", "-d", str(site)
        )
        run_tool(init, cwd=folder, seconds=READY_SECONDS, env=_environment())
        (site / "bin" / "gerrit.war").unlink(missing_ok=True)
        for key, value in _SETTINGS.items():
            configure(site, key, value)
        keys = site / "keys"
        keys.mkdir()
        for user in ("admin", *ACCOUNTS):
            run_tool(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", user, "-f", keys / user], cwd=keys)
        http_port = free_port()
        process = launch(site, folder, free_port(), http_port)
        try:
            _furnish(f"http://{HOST}:{http_port}", keys)
        finally:
            process.stop()
        for name in ("logs", "tmp"):
            shutil.rmtree(site / name)
            (site / name).mkdir()
    finally:
        remove_folder(folder)


def _furnish(url: str, keys: Path) -> None:
    """Accounts, keys, groups, the label Verified, one project; admin and the services see private changes."""
    rest(url, "admin", "POST", "/accounts/self/sshkeys", (keys / "admin.pub").read_text())
    ci_users = rest(url, "admin", "PUT", f"/groups/{quote(CI_USERS)}", {"visible_to_all": True})["id"]
    for user, (name, groups) in ACCOUNTS.items():
        account = {
            "name": name,
            "email": f"{user}@example.org",
            "ssh_key": (keys / f"{user}.pub").read_text(),
            "http_password": PASSWORD,
            "groups": list(groups),
        }
        rest(url, "admin", "PUT", f"/accounts/{user}", account)
    rest(url, "admin", "PUT", "/projects/All-Projects/labels/Verified", _VERIFIED)
    votes = {"label": "Verified", "rules": {ci_users: {"action": "ALLOW", "min": -2, "max": 2}}}
    rights: dict[str, object] = {"label-Verified": votes}
    readers = [rest(url, "admin", "GET", f"/groups/{quote(name)}")["id"] for name in ("Administrators", SERVICE_USERS)]
    rights["viewPrivateChanges"] = {"rules": {group: {"action": "ALLOW"} for group in readers}}
    access = {"add": {"refs/heads/*": {"permissions": rights}}}
    rest(url, "admin", "POST", "/projects/All-Projects/access", access)
    rest(
        url,
        "admin",
        "PUT",
        f"/projects/{quote(PROJECT, safe='')}",
        {"create_empty_commit": True, "branches": ["master"]},
    )


def _command(*words: str) -> list[str]:
    jars = [_resources(), *(fetch.maven(one) for one in _ARTIFACTS)]
    classpath = os.pathsep.join(map(str, jars))
    return [str(fetch.java()), *_JVM, "-cp", classpath, "com.google.gerrit.launcher.GerritLauncher", *words]


def _resources() -> Path:
    entry = f"gerrit-{VERSION}-resources"
    with fetch.in_the_making(entry) as folder:
        if folder is not None:
            with zipfile.ZipFile(folder / "resources.jar", "w") as jar:
                for name, text in _RESOURCES.items():
                    jar.writestr(name, text)
    return fetch.cache_folder() / entry / "resources.jar"


def _environment() -> dict[str, str]:
    # Nothing of the developer's own git and Gerrit settings reaches the server.
    return {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
