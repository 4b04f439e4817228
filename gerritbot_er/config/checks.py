"""What can be wrong with settings whose types are right: files, references, contradictions.  Looks at files only."""

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from gerritbot_er.model import Build, BuildVerdict, Case, Change, CIReport, Match, Outcome, Signature, Verdict
from gerritbot_er.settings import CI, BugTracker, ClusterStore, Export, Gerrit, Irc, LocalStore, Rule, Signatures, Web
from gerritbot_er.triage.speaking import Say
from gerritbot_er.triage.wording import Occasion, comment

from .files import (
    LOOPBACK,
    Finding,
    Place,
    ca_file_findings,
    dotted,
    file_findings,
    has_secret,
    secret_file_findings,
    secret_findings,
)
from .trackers import tracker_findings


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a file that are right in themselves.

    ``gerrit_files`` by key, ``store_names`` (None: there is no list of them) and the ``ci_words`` that stand for keys
    of text are known even where something else beside them is wrong.
    """

    gerrit_files: Mapping[str, Path]
    gerrit: Gerrit | None
    cis: Mapping[int, CI]
    ci_words: Mapping[int, Mapping[str, str]]
    stores: Mapping[str, ClusterStore | LocalStore]
    store_names: Collection[str] | None
    signatures: Signatures | None
    trackers: Mapping[int, BugTracker]
    rules: Mapping[int, Rule]
    irc: Irc | None
    web: Web | None
    export: Export | None


def findings(parts: Parts, environ: Mapping[str, str]) -> Iterator[Finding]:
    """All findings, in no order."""
    for key, file in parts.gerrit_files.items():
        yield from (secret_file_findings if key == "key" else file_findings)(("gerrit", key), file)
    if parts.gerrit:
        yield from _gerrit_web(parts.gerrit, environ)
    for index, ci in parts.cis.items():
        yield from _ci(index, ci, parts)
    yield from _unknown_stores(parts)
    yield from _doubles(parts.ci_words)
    for name, store in parts.stores.items():
        yield from _store(name, store, parts, environ)
    if parts.signatures:
        yield from _signatures(parts.signatures)
    for index, tracker in parts.trackers.items():
        yield from tracker_findings(("trackers", index), tracker, environ)
    if parts.irc:
        yield from _irc(parts.irc, environ)
    if parts.web:
        yield from _web(parts.web)
    if parts.export:
        yield from _export(parts.export, parts)
    yield from _unreached(parts.rules)


# -- Gerrit ----------------------------------------------------------------------------------------------------------


def _gerrit_web(gerrit: Gerrit, environ: Mapping[str, str]) -> Iterator[Finding]:
    here: Place = ("gerrit",)
    yield from ca_file_findings((*here, "ca_file"), gerrit.ca_file)
    yield from secret_findings(here, "http_password", gerrit, environ)
    secured = has_secret("http_password", gerrit)
    if secured and gerrit.web is None:
        key = "http_password_env" if gerrit.http_password_file is None else "http_password_file"
        yield Finding(
            (*here, key),
            "gerrit has an HTTP password and no web",
            "give web, the root of Gerrit's pages, such as https://review.example.org",
        )
    elif gerrit.web is not None and not secured:
        yield Finding(
            (*here, "web"),
            "gerrit.web is of no use without the account's HTTP password",
            "give http_password_file (or http_password_env), or remove web",
            mild=True,
        )
    elif gerrit.web and gerrit.web.startswith("http://") and urlsplit(gerrit.web).hostname not in LOOPBACK:
        yield Finding((*here, "web"), "Gerrit is sent its HTTP password in the clear", "use https", mild=True)


# -- CIs -------------------------------------------------------------------------------------------------------------


def _ci(index: int, ci: CI, parts: Parts) -> Iterator[Finding]:
    here: Place = ("cis", index)
    if ci.web and "/t/" in ci.web:
        yield Finding(
            (*here, "web"),
            f"the web root of the CI {ci.name} holds a tenant",
            f"write {ci.web.partition('/t/')[0]} and the tenant as tenant",
        )
    for number, host in enumerate(ci.log_hosts):
        if "://" in host:
            yield Finding(
                (*here, "log_hosts", number), f'"{host}" is a URL', "write the host alone, such as logs.example.org"
            )
    if isinstance(parts.stores.get(ci.log_store), LocalStore):
        yield from _fetching(here, ci)
    yield from _speechless(here, ci)


def _fetching(here: Place, ci: CI) -> Iterator[Finding]:
    if not ci.web and not ci.log_hosts:
        yield Finding(
            here,
            f"the logs of the CI {ci.name} are to be fetched, and it has neither web nor log_hosts",
            "give web, the root of its pages, and log_hosts, the hosts that its logs lie on",
        )
    elif not ci.log_hosts:
        yield Finding(
            here,
            f"the CI {ci.name} has no log_hosts, so that only logs on the host of its pages are fetched",
            "list the hosts that its logs lie on",
            mild=True,
        )


def _speechless(here: Place, ci: CI) -> Iterator[Finding]:
    """A trigger pattern that our own words match: nothing could ever be said."""
    for number, pattern in enumerate(ci.trigger_patterns):
        if _plainest_comment(replace(ci, trigger_patterns=(pattern,))) is None:
            yield Finding(
                (*here, "trigger_patterns", number),
                f'the pattern "{pattern}" of the CI {ci.name} matches every comment of ours, so that none is posted',
                "write what people type to start a run, with ^ and \\b around it",
            )


def _plainest_comment(ci: CI) -> str | None:
    """A comment with next to nothing but our own words; None where it would start a run of this CI."""
    change = Change(number=1, project="", branch="")
    report = CIReport(ci=ci.name, change=change, patchset=1, at=0, builds=(), failed=True, digest="")
    build = Build(
        identity="", job="", result="", ci=ci.name, project="", branch="", change=1, patchset=1, reported_at=0
    )
    found = BuildVerdict(build, Outcome.EXPLAINED, (Match("1"),))
    verdict = Verdict(Case(id="000000000000", key="", report=report, opened_at=0.0), (found,))
    return comment(verdict, Say.COMMENT, ("1",), 0, Occasion({"1": Signature("1", query="", title="…")}, ci))


def _unknown_stores(parts: Parts) -> Iterator[Finding]:
    if parts.store_names is None:
        return
    known = ", ".join(sorted(parts.store_names)) or "none yet"
    for index, words in parts.ci_words.items():
        store = words.get("log_store")
        if store is not None and store not in parts.store_names:
            yield Finding(
                ("cis", index, "log_store"),
                f"the CI {words.get('name', index + 1)} names the log store {store}, which is not there",
                f"describe it under log_stores, or name one that is there ({known})",
            )


def _doubles(cis: Mapping[int, Mapping[str, str]]) -> Iterator[Finding]:
    for key, remedy in (("name", "give each its own"), ("account", "describe each account once")):
        seen: set[str] = set()
        for index, words in cis.items():
            value = words.get(key)
            if value in seen:
                yield Finding(("cis", index, key), f'two CIs have the {key} "{value}"', remedy)
            if value is not None:
                seen.add(value)


# -- log stores, signatures, IRC, rules ------------------------------------------------------------------------------


def _store(name: str, store: ClusterStore | LocalStore, parts: Parts, environ: Mapping[str, str]) -> Iterator[Finding]:
    here: Place = ("log_stores", name)
    yield from ca_file_findings((*here, "ca_file"), store.ca_file)
    used = {words.get("log_store") for words in parts.ci_words.values()} | {parts.export and parts.export.log_store}
    if parts.ci_words and name not in used:
        yield Finding(here, f"no CI uses the log store {name}", "name it as log_store of a CI, or remove it", mild=True)
    if isinstance(store, LocalStore):
        yield from _keep(name, store, parts)
        return
    yield from ca_file_findings((*here, "logs_ca_file"), store.logs_ca_file)
    yield from secret_findings(here, "password", store, environ)
    yield from secret_findings(here, "api_key", store, environ)
    secured = has_secret("password", store) or has_secret("api_key", store)
    if has_secret("api_key", store) and (store.username or has_secret("password", store)):
        yield Finding(
            here, f"the log store {name} has a user or password and an API key", "keep the one that the cluster takes"
        )
    elif (store.username is None) == has_secret("password", store):
        lacking = "username" if store.username is None else "password_file (or password_env)"
        yield Finding(here, f"the log store {name} lacks its {lacking}", "give both user and password, or neither")
    if secured and store.url.startswith("http://") and not any(host in store.url for host in LOOPBACK):
        yield Finding((*here, "url"), f"the log store {name} is sent its secret in the clear", "use https", mild=True)


def _keep(name: str, store: LocalStore, parts: Parts) -> Iterator[Finding]:
    """The folder of kept logs is made where it is not there; it is one store's alone, which drops by its own limits."""
    if store.keep is None:
        return
    keep, here = store.keep, ("log_stores", name, "keep")
    if keep.directory.exists() and not keep.directory.is_dir():
        place = (*here, "directory")
        yield Finding(place, f"{dotted(place)}: {keep.directory} is no directory", "name a folder of our user's")
    before = list(parts.stores).index(name)
    for other, its in list(parts.stores.items())[:before]:
        if isinstance(its, LocalStore) and its.keep and its.keep.directory == keep.directory:
            yield Finding(
                (*here, "directory"),
                f"the log stores {other} and {name} keep logs in one directory",
                "give each its own",
            )
    if keep.size < store.bytes_per_build:
        yield Finding(
            (*here, "size"),
            f"the log store {name} keeps less than one build may hold (bytes_per_build)",
            "keep more, such as 20GB, or read less of a build",
            mild=True,
        )


def _signatures(signatures: Signatures) -> Iterator[Finding]:
    for number, directory in enumerate(signatures.directories):
        path: Place = ("signatures", "directories", number)
        try:
            empty = not any(entry.suffix in (".yaml", ".yml") for entry in directory.iterdir())
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            yield Finding(
                path, f"the signatures in {directory} cannot be read: {why}", "name a directory of YAML files"
            )
        else:
            if empty:
                yield Finding(path, f"there is no signature in {directory}", "put YAML files there", mild=True)
    if "{bug}" not in signatures.bug_url:
        yield Finding(
            ("signatures", "bug_url"),
            "signatures.bug_url has no place for the bug's number",
            "write {bug} where it goes, as in https://bugs.example.org/{bug}",
        )


def _irc(irc: Irc, environ: Mapping[str, str]) -> Iterator[Finding]:
    here: Place = ("irc",)
    yield from ca_file_findings((*here, "ca_file"), irc.ca_file)
    yield from secret_findings(here, "sasl_password", irc, environ)
    if (irc.sasl_username is None) == has_secret("sasl_password", irc):
        lacking = "sasl_username" if irc.sasl_username is None else "sasl_password_file (or sasl_password_env)"
        yield Finding(here, f"irc lacks {lacking}", "give both account and password, or neither")
    if irc.sasl_username is not None and not irc.tls and irc.host not in LOOPBACK:
        yield Finding((*here, "tls"), "the IRC password is sent in the clear", "set tls: true", mild=True)


def _export(export: Export, parts: Parts) -> Iterator[Finding]:
    place: Place = ("export", "log_store")
    if parts.store_names is not None and export.log_store not in parts.store_names:
        known = ", ".join(sorted(parts.store_names)) or "none yet"
        yield Finding(
            place,
            f"export names the log store {export.log_store}, which is not there",
            f"describe it under log_stores, or name one that is there ({known})",
        )
    elif isinstance(parts.stores.get(export.log_store), LocalStore):
        yield Finding(
            place,
            f"export names the log store {export.log_store}, which is no cluster",
            "describe the Elasticsearch or OpenSearch that gets the sightings under log_stores; no CI needs to use it",
        )


def _web(web: Web) -> Iterator[Finding]:
    """Pages that other machines may ask tell them how our peers are named and how they stand."""
    if not web.public and not ipaddress.ip_address(web.listen).is_loopback:
        yield Finding(
            ("web", "listen"),
            f"web.listen: {web.listen} lets other machines ask for the pages",
            "keep 127.0.0.1 and put a web server with TLS before it, or write public: true beside it",
        )


def _unreached(rules: Mapping[int, Rule]) -> Iterator[Finding]:
    for index, rule in rules.items():
        before = next((one for one in rules if one < index and _covers(rules[one], rule)), None)
        if before is not None:
            yield Finding(
                ("rules", index),
                f"rule {index + 1} is never reached: rule {before + 1} takes all of its changes",
                "put the narrower rule first, or remove one",
            )


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether the first surely fits whatever the second does; patterns are compared as they are written."""
    pairs = (
        (wide.projects, narrow.projects),
        (wide.branches, narrow.branches),
        (wide.pipelines, narrow.pipelines),
    )
    return all(not first or "*" in first or (second and set(second) <= set(first)) for first, second in pairs)
