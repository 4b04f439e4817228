"""The name and the tags that a log file's documents have, by its path; pure.

Source: ci-log-processing's list of files (peer facts: "Log documents").
"""

import re


def bare_name(path: str) -> str:
    """The file's name alone, and without ``.gz``: files are unpacked before they are sent."""
    return path.rstrip("/").rpartition("/")[2].removesuffix(".gz")


_CONSOLES = {"job-output.txt", "console.html", "console.log", "console.txt", "consoleText", "consoleFull"}
_NAMED = {
    "grenade.sh_log.txt": ("console", "console.html", "grenade"),
    "devstacklog.txt": ("console", "console.html", "devstack"),
    "devstacklog.txt.summary": ("console", "console.html", "devstack_summary"),
    "tempest_log.txt": ("screen", "oslofmt", "tempest", "devstack"),
    "overcloud_deploy.log.txt": ("overcloud", "tripleo"),
    "tempest_run.log": ("tempest", "tripleo"),
    "performance.json": ("performance", "devstack"),
}
_EXTRA = {
    "logstash.txt": ("console", "postci", "tripleo"),
    "errors.txt": ("console", "errors", "tripleo"),
    "journal.txt": ("tempest", "errors", "tripleo"),
}
_SCREEN = re.compile(r"screen-(?P<service>[A-Za-z0-9]+)(?:[-_.].*)?\.(?:txt|log)(?:\..*)?")
_SERVICES = {
    "n": "nova",
    "q": "neutron",
    "c": "cinder",
    "g": "glance",
    "h": "heat",
    "s": "swift",
    "o": "octavia",
    "m": "manila",
    "key": "keystone",
    "ir": "ironic",
}
_COMPUTE = re.compile(r"(?:^|/)compute\d+/")


def tags(path: str) -> list[str]:
    """The tags by which signatures name a kind of file, and its bare name at the end."""
    name = bare_name(path)
    found: tuple[str, ...] = _NAMED.get(name, ())
    multinode = _COMPUTE.search(path) is not None
    if name in _CONSOLES:
        found = ("console", "console.html")
    elif "var/log/extra/" in path and name in _EXTRA:
        found = _EXTRA[name]
    elif name == "syslog.txt":
        found = ("screen", "oslofmt", "devstack", "syslog") if multinode else ("syslog",)
    elif screen := _SCREEN.fullmatch(name):
        found = ("screen", "oslofmt", "devstack", _SERVICES.get(screen["service"], screen["service"]))
    return list(dict.fromkeys((*found, *(("multinode",) if multinode and found else ()), name)))
