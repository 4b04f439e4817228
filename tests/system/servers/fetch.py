"""Gets the real servers: from Maven, Debian, PyPI and npm, into a cache outside the repository, when first asked."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

_MAVEN_REPOSITORY = Path.home() / ".m2" / "repository"
_DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
_MAVEN_SECONDS = 540.0
_PIP_SECONDS = 540.0
_APT_SECONDS = 300.0


class Unavailable(Exception):
    """A server cannot be had on this machine; says in one line what is missing and what to do about it."""

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(f"{missing}: {remedy}")
        self.missing = missing
        self.remedy = remedy


def cache_folder() -> Path:
    """Where the servers are kept between runs: ``$XDG_CACHE_HOME/gerritbot-er-tests``, or that under ``~/.cache``."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "gerritbot-er-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def in_the_making(name: str) -> Iterator[Path | None]:
    """Make the cache entry ``name`` exactly once, whoever else asks at the same time.

    Gives None when it is there already, else the folder to fill, which counts only once the block ends well.
    """
    entry = cache_folder() / name
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = entry / ".ready"
        if ready.exists():
            yield None
            return
        shutil.rmtree(entry, ignore_errors=True)
        entry.mkdir()
        yield entry
        ready.touch()


def program(name: str, package: str) -> Path:
    """Path of an installed program; Debian's ``package`` is installed for it where we may."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"
    found = shutil.which(name, path=path)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_install(package)
        found = shutil.which(name, path=path)
    if found is None:
        raise Unavailable(f"program {name}", f"install Debian's package {package} (apt-get install {package})")
    return Path(found)


def java() -> Path:
    return program("java", "openjdk-17-jre-headless")


def maven(coordinates: str) -> Path:
    """The file of one artifact, ``group:name:version:type``, without what it depends on."""
    group, name, version, kind = coordinates.split(":")
    file = _MAVEN_REPOSITORY / group.replace(".", "/") / name / version / f"{name}-{version}.{kind}"
    if not file.exists():
        _maven([f"{_DEPENDENCY_PLUGIN}:get", "-Dtransitive=false", f"-Dartifact={coordinates}"], coordinates)
    if not file.exists():
        raise Unavailable(
            coordinates, f"mvn fetched it, but not to {file}; remove localRepository from Maven's settings"
        )
    return file


def maven_jars(entry: str, coordinates: Sequence[str]) -> Path:
    """A cached folder with the jars of ``group:name:version`` coordinates and of all that they need at run time."""
    dependencies = "".join(
        f"<dependency><groupId>{escape(group)}</groupId><artifactId>{escape(name)}</artifactId><version>{escape(version)}</version></dependency>"
        for group, name, version in (one.split(":") for one in coordinates)
    )
    name = f"{entry}-{_digest(dependencies)}"
    with in_the_making(name) as folder:
        if folder is not None:
            project = folder / "pom.xml"
            project.write_text(
                '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>tests</groupId>'
                f"<artifactId>jars</artifactId><version>1</version><dependencies>{dependencies}</dependencies></project>"
            )
            goal = f"{_DEPENDENCY_PLUGIN}:copy-dependencies"
            _maven(["-f", str(project), goal, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"], entry)
    return cache_folder() / name


def unpacked(archive: Path) -> Path:
    """The only top folder of a zip file, unpacked into the cache."""
    with in_the_making(archive.stem) as folder:
        if folder is not None:
            with zipfile.ZipFile(archive) as packed:
                for member in packed.infolist():
                    written = Path(packed.extract(member, folder))
                    if mode := member.external_attr >> 16:
                        written.chmod(mode & 0o777)
    [top] = [child for child in (cache_folder() / archive.stem).iterdir() if child.is_dir()]
    return top


def venv(entry: str, requirements: Sequence[str]) -> Path:
    """A cached virtual environment of this Python with ``requirements``, and with what they depend on."""
    name = f"{entry}-{_digest(sys.version, *requirements)}"
    with in_the_making(name) as folder:
        if folder is not None:
            _run([sys.executable, "-m", "venv", str(folder)], _PIP_SECONDS)
            _pip([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", *requirements], entry)
    return cache_folder() / name


def pip_unpacked(requirement: str) -> Path:
    """A cached folder to put on ``sys.path``: one distribution of PyPI alone, without what it depends on."""
    name = requirement.replace("==", "-")
    with in_the_making(name) as folder:
        if folder is not None:
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "-q",
                "--no-deps",
                "--no-compile",
                "--target",
                str(folder),
            ]
            _pip([*command, requirement], requirement)
    return cache_folder() / name


def npm_package(requirement: str) -> Path:
    """A cached folder with one package of npm, ``name@version``, without what it depends on."""
    name = requirement.replace("@", "-")
    with in_the_making(name) as folder:
        if folder is not None:
            tool = program("npm", "npm")
            done = _run([str(tool), "pack", "--silent", "--pack-destination", str(folder), requirement], _PIP_SECONDS)
            if done.returncode:
                why = f"npm could not fetch it; check the way to a package registry ({_complaint(done)})"
                raise Unavailable(requirement, why)
            with tarfile.open(next(folder.glob("*.tgz"))) as packed:
                packed.extractall(folder, filter="data")
    return cache_folder() / name / "package"


def _apt_install(package: str) -> None:
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if _run(install, _APT_SECONDS, **quiet).returncode:
        # A fresh machine has no lists of packages yet, or old ones.
        _run(["apt-get", "update"], _APT_SECONDS)
        _run(install, _APT_SECONDS, **quiet)


def _maven(words: Sequence[str], wanted: str) -> None:
    tool = program("mvn", "maven")
    done = _run([str(tool), "-B", "-q", "-Dstyle.color=never", *words], _MAVEN_SECONDS)
    if done.returncode:
        raise Unavailable(wanted, f"mvn could not fetch it; check the way to a Maven repository ({_complaint(done)})")


def _pip(command: Sequence[str], wanted: str) -> None:
    done = _run(command, _PIP_SECONDS)
    if done.returncode:
        raise Unavailable(wanted, f"pip could not install it; check the way to a package index ({_complaint(done)})")


def _run(command: Sequence[str], seconds: float, **env: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Unavailable(command[0], f"it took longer than {seconds:.0f} s; try again on a faster line") from late


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The first line in which the tool speaks of an error, else its last one."""
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    errors = [line[line.index("ERROR") :] for line in lines if "ERROR" in line]
    return (errors or lines[-1:] or ["it said nothing"])[0][:200]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
