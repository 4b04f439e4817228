"""A whole real Zuul on a real Gerrit: ZooKeeper, scheduler, executor, launcher, web, and a server for its logs."""

from __future__ import annotations

import functools
import http.server
import json
import os
import socket
import ssl
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import certificates, fetch
from .gerrit import Change, GerritServer, Message
from .gerrit_site import CI_USERS
from .processes import HOST, Process, ServerFailed, free_port, new_folder, remove_folder, run_tool, spawn
from .zuul_comments import ZUUL

# The newest Ansible that Zuul 14.3 runs, with those packages that Zuul's own Ansible plugins import.
_ANSIBLE = (
    "ansible-core==2.18.19",
    "google-re2==1.1.20251105",
    "jmespath==1.1.0",
    "netaddr==1.3.0",
    "passlib==1.7.4",
    "voluptuous==0.16.0",
)
_ZOOKEEPER = (
    "org.apache.zookeeper:zookeeper:3.9.3",
    "io.dropwizard.metrics:metrics-core:4.1.12.1",
    "org.xerial.snappy:snappy-java:1.1.10.5",
)
_TEMPLATES = Path(__file__).with_name("zuul_templates")
_PARTS = ("scheduler", "executor", "launcher", "web")
_READY_SECONDS = 180.0
_POLL_SECONDS = 0.2


class ZuulWorld:
    """The tenant ``openstack`` with one project, ``openstack/nova``, whose changes choose the jobs that check them.

    ``web_url`` is the web root of Zuul, ``log_url`` that of the log server, ``gerrit`` the Gerrit on which Zuul
    comments as ``zuul``. The executor's log streamer listens on all interfaces; Zuul has no setting for that.
    """

    tenant = "openstack"
    project = "openstack/nova"

    def __init__(self) -> None:
        self._venv = fetch.venv("zuul", [ZUUL])
        self._ansible = fetch.venv("ansible", _ANSIBLE)
        self._jars = fetch.maven_jars("zookeeper", _ZOOKEEPER)
        for program, package in (("bwrap", "bubblewrap"), ("ssh-agent", "openssh-client"), ("git", "git")):
            fetch.program(program, package)
        self.gerrit = GerritServer()
        self.folder = new_folder("zuul")
        for name in (
            "etc",
            "run",
            "home",
            "logs",
            "tls",
            "zookeeper",
            "scheduler",
            "executor",
            "launcher",
            "builds",
            "ansible",
        ):
            (self.folder / name).mkdir()
        for version in ("9", "11"):  # Zuul looks for all the versions that it knows
            (self.folder / "ansible" / version).symlink_to(self._ansible)
        handler = functools.partial(_QuietHandler, directory=str(self.folder / "logs"))
        self._log_server = http.server.ThreadingHTTPServer((HOST, 0), handler)
        self._log_server.daemon_threads = True
        self._log_thread = threading.Thread(target=self._log_server.serve_forever, daemon=True)
        self.log_url = f"http://{HOST}:{self._log_server.server_address[1]}"
        web_port, self._zookeeper_port = free_port(), free_port()
        self.web_url = f"http://{HOST}:{web_port}"
        self._values = {
            "FOLDER": self.folder,
            "READ_ONLY_PATHS": f"{os.path.realpath(sys.base_prefix)}:{self._ansible}",
            "ZOOKEEPER_PORT": self._zookeeper_port,
            "FINGER_PORT": free_port(),
            "WEB_PORT": web_port,
            "LOG_URL": self.log_url,
            "GERRIT_URL": self.gerrit.url,
            "GERRIT_SSH_PORT": self.gerrit.ssh_port,
            "GERRIT_KEY": self.gerrit.key("zuul"),
            "GERRIT_PASSWORD": self.gerrit.password,
        }
        self._processes: list[Process] = []

    # -- its life

    def start(self) -> None:
        """Start all of it; returns when Zuul has read its configuration from Gerrit and every part runs."""
        self._log_thread.start()
        certificates.authority(self.folder / "tls")
        run_tool(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "node_key"], cwd=self.folder / "etc")
        for name in ("zoo.cfg", "zuul.conf", "tenants.yaml", "logging.yaml"):
            (self.folder / "etc" / name).write_text(self._filled(_TEMPLATES / name))
        zookeeper = self._start_zookeeper()
        self.gerrit.start()
        self._furnish_gerrit()
        zookeeper.await_ready(self._zookeeper_answers, _READY_SECONDS)
        path = f"{self._venv / 'bin'}:{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "HOME": str(self.folder / "home")}
        for part in _PARTS:
            command: list[str | Path] = [
                self._venv / "bin" / f"zuul-{part}",
                "-f",
                "-c",
                self.folder / "etc" / "zuul.conf",
            ]
            self._processes.append(spawn(f"zuul-{part}", command, self.folder, env=env))
        self._processes[-1].await_ready(self._all_parts_run, _READY_SECONDS)

    def close(self) -> None:
        """Stop all of it, Zuul before what it needs, and remove its files."""
        while self._processes:
            self._processes.pop().stop()
        self.gerrit.close()
        if self._log_thread.is_alive():
            self._log_server.shutdown()
            self._log_thread.join()
        self._log_server.server_close()
        remove_folder(self.folder)

    # -- what people do, and what Zuul says

    def push(
        self,
        jobs: Sequence[str],
        *,
        says: str = "",
        pipeline: str = "check",
        files: Mapping[str, str] | None = None,
        more_jobs: str = "",
        subject: str = "A change",
        amends: Change | None = None,
        depends_on: str = "",
    ) -> Change:
        """Push a change that these jobs test (zuul_templates/project/jobs.yaml has one for each way to end).

        :param says: what the failing jobs print, and leave in controller/logs/service.txt.
        :param more_jobs: further definitions for .zuul.yaml, as YAML.
        """
        lists = {name: {"jobs": list(jobs) if name == pipeline else ["noop"]} for name in ("check", "gate")}
        stanza = f"- project: {json.dumps(lists)}\n"
        content = {".zuul.yaml": "\n".join([(_TEMPLATES / "project" / "jobs.yaml").read_text(), more_jobs, stanza])}
        if says:
            content["ci-says.txt"] = says if says.endswith("\n") else says + "\n"
        footers = [f"Depends-On: {depends_on}"] if depends_on else []
        content.update(files or {})
        return self.gerrit.push_change(self.project, subject, files=content, amends=amends, footers=footers)

    def recheck(self, change: Change) -> None:
        """Have the check pipeline run again, as its author would."""
        self.gerrit.review("dev", change.number, "recheck")

    def approve(self, change: Change) -> None:
        """Send the change to the gate, as the administrator."""
        self.gerrit.review("admin", change.number, "", labels={"Code-Review": 2})

    def comments(self, change: Change) -> list[Message]:
        """Zuul's comments on a change, oldest first, without those that only say that jobs start."""
        return [one for one in self.gerrit.messages(change.number, author="zuul") if "\n\nStarting " not in one.text]

    def await_comment(self, change: Change, *, after: int = 0, seconds: float = 180.0) -> Message:
        """Zuul's next comment on a change that already has ``after`` of them; ServerFailed if none comes in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.comments(change)
            if len(found) > after:
                return found[after]
            threading.Event().wait(_POLL_SECONDS)
        raise ServerFailed(f"no comment of Zuul on change {change.number} in {seconds:.0f} s:\n{self._logs()}")

    def api(self, path: str) -> Any:
        """What Zuul's REST API answers to ``/api/PATH``."""
        with urllib.request.urlopen(f"{self.web_url}/api/{path}", timeout=30) as answer:
            return json.load(answer)

    # -- inside

    def _filled(self, template: Path) -> str:
        text = template.read_text()
        for key, value in self._values.items():
            text = text.replace(f"@{key}@", str(value))
        return text

    def _start_zookeeper(self) -> Process:
        options = ["-Xmx128m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no"]
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        command: list[str | Path] = [
            fetch.java(),
            *options,
            "-cp",
            f"{self._jars}/*",
            main,
            self.folder / "etc" / "zoo.cfg",
        ]
        process = spawn("zookeeper", command, self.folder)
        self._processes.append(process)
        return process

    def _furnish_gerrit(self) -> None:
        """The right to submit for the CI, the configuration project, and in the project what its jobs run."""
        ci_users = self.gerrit.rest("GET", f"/groups/{CI_USERS.replace(' ', '%20')}")["id"]
        submit = {"submit": {"rules": {ci_users: {"action": "ALLOW"}}}}
        self.gerrit.rest("POST", "/projects/All-Projects/access", {"add": {"refs/heads/*": {"permissions": submit}}})
        self.gerrit.create_project("zuul-config")
        self.gerrit.push_commit("zuul-config", self._tree("config"), "Pipelines and base jobs")
        project = self._tree("project")
        project[".zuul.yaml"] = project.pop("jobs.yaml")
        self.gerrit.push_commit(self.project, project, "Jobs")

    def _tree(self, name: str) -> dict[str, str]:
        top = _TEMPLATES / name
        return {str(file.relative_to(top)): self._filled(file) for file in sorted(top.rglob("*")) if file.is_file()}

    def _zookeeper_answers(self) -> bool:
        tls = self.folder / "tls"
        try:
            context = ssl.create_default_context(cafile=tls / "ca.pem")
            context.load_cert_chain(tls / "client.pem", tls / "client.key")
            with (
                socket.create_connection((HOST, self._zookeeper_port), 2) as plain,
                context.wrap_socket(plain, server_hostname=HOST) as connection,
            ):
                connection.sendall(b"ruok")
                return connection.recv(4) == b"imok"
        except OSError:
            return False

    def _all_parts_run(self) -> bool:
        ended = [process for process in self._processes if not process.running()]
        if ended:
            raise ServerFailed(f"{ended[0].name} ended:\n{ended[0].log_tail()}")
        try:
            components = self.api("components")
            tenants = self.api("tenants")
        except (OSError, ValueError):
            return False
        running = {name for name, all_of_it in components.items() for one in all_of_it if one["state"] == "running"}
        return set(_PARTS) <= {name.removeprefix("zuul-") for name in running} and bool(tenants)

    def _logs(self) -> str:
        return "\n".join(f"-- {process.name}\n{process.log_tail()}" for process in self._processes)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Say nothing: the tests' output is for people."""


@contextmanager
def zuul_world() -> Iterator[ZuulWorld]:
    """A running Zuul on a running Gerrit for the time of a ``with`` block."""
    world = ZuulWorld()
    try:
        world.start()
        yield world
    finally:
        world.close()
