"""F24: each key wrong in turn, and all of it at once; what the operator reads stands here in full."""

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gerritbot_er.config import ConfigErrors, load, read
from gerritbot_er.settings import Settings
from tests.unit.config.site import ENVIRON, RIGHT, changed, site

WITH_WEB = ("  known_hosts: known_hosts", "  web: https://review.example.org")
WRONG = [
    (changed("  host: review.example.org"), "1: gerrit.host is missing; add it"),
    (
        changed("  host: review.example.org", "  host: a", "  host: b"),
        '3: the key "host" stands here twice; keep one',
    ),
    (
        changed("  username: erbot", "  username: erbot", "  usernam: erbot"),
        '4: there is no key "usernam"; did you mean "username"?',
    ),
    (
        changed("  key: gerrit.key", "  key: other.key"),
        "4: gerrit.key: there is no file DIR/other.key; put it there, or name the right one",
    ),
    (
        changed("  known_hosts: known_hosts", "  known_hosts: signatures"),
        "5: gerrit.known_hosts: DIR/signatures is a directory; name a file in it",
    ),
    (
        changed("  known_hosts: known_hosts", "  known_hosts: known_hosts", "  port: 99999"),
        '6: gerrit.port: input should be less than or equal to 65535, not "99999"',
    ),
    (
        changed("    kind: zuul", "    kind: travis"),
        "8: cis.0.kind: input should be 'zuul' or 'jenkins', not \"travis\"",
    ),
    (
        changed("  - name: zuul", "  - name: my zuul"),
        '7: cis.0.name: write a name of letters, digits, dots, dashes and underscores, not "my zuul"',
    ),
    (
        changed("    log_store: main", "    log_store: mian"),
        (
            "10: the CI zuul names the log store mian, which is not there; "
            "describe it under log_stores, or name one that is there (main)"
        ),
    ),
    (
        changed("    web: https://zuul.example.org", "    web: zuul.example.org"),
        '11: cis.0.web: write a whole URL, such as https://zuul.example.org, not "zuul.example.org"',
    ),
    (
        changed("    web: https://zuul.example.org", "    web: https://zuul.example.org/t/openstack"),
        "11: the web root of the CI zuul holds a tenant; write https://zuul.example.org and the tenant as tenant",
    ),
    (
        changed("    log_hosts: [logs.example.org]", "    log_hosts: ['https://logs.example.org']"),
        '12: "https://logs.example.org" is a URL; write the host alone, such as logs.example.org',
    ),
    (
        changed("    log_hosts: [logs.example.org]", "    log_hosts: [/(/]"),
        (
            "12: cis.0.log_hosts.0: this is no regular expression: missing ), unterminated subpattern at position 0, "
            'not "/(/"'
        ),
    ),
    (
        changed("    log_hosts: [logs.example.org]", "    trigger_patterns: [recheck, 'case [0-9a-f]+']"),
        (
            '12: the pattern "case [0-9a-f]+" of the CI zuul matches every comment of ours, so that none is posted; '
            "write what people type to start a run, with ^ and \\b around it"
        ),
    ),
    (
        changed("log_stores:", "  - {name: zuul, kind: jenkins, account: jenkins, log_store: main}", "log_stores:"),
        '13: two CIs have the name "zuul"; give each its own',
    ),
    (
        changed("log_stores:", "  - {name: old, kind: zuul, account: zuul, log_store: main}", "log_stores:"),
        '13: two CIs have the account "zuul"; describe each account once',
    ),
    (
        changed("    kind: opensearch", "    kind: solr"),
        "15: log_stores.main.kind: input should be 'elasticsearch' or 'opensearch' or 'local', not \"solr\"",
    ),
    (changed("    kind: opensearch"), "14: log_stores.main.kind is missing; add it"),
    (
        changed("    username: reader"),
        "14: the log store main lacks its username; give both user and password, or neither",
    ),
    (
        changed("    password_file: opensearch.password"),
        "14: the log store main lacks its password_file (or password_env); give both user and password, or neither",
    ),
    (
        changed("    password_file: opensearch.password", "    password_env: NOT_THERE"),
        (
            "18: log_stores.main.password_env: the environment variable NOT_THERE holds no secret; "
            "write it there, in one line"
        ),
    ),
    (
        changed("    username: reader", "    username: reader", "    password_env: IRC_PASSWORD"),
        "18: log_stores.main has both password_file and password_env; keep one of them",
    ),
    (
        changed("    username: reader", "    username: reader", "    api_key_file: known_hosts"),
        "14: the log store main has a user or password and an API key; keep the one that the cluster takes",
    ),
    (
        changed("    username: reader", "    username: reader", "    ca_file: known_hosts"),
        "18: log_stores.main.ca_file: DIR/known_hosts holds no certificates; give a file of PEM certificates",
    ),
    (
        changed("    username: reader", "    username: reader", "    timeout: soon"),
        '18: log_stores.main.timeout: write a duration such as 30s, 10m or 1h, not "soon"',
    ),
    (
        changed("  directories: [signatures]", "  directories: [nowhere]"),
        "20: the signatures in DIR/nowhere cannot be read: No such file or directory; name a directory of YAML files",
    ),
    (
        changed("  directories: [signatures]", "  directories: [signatures]", "  bug_url: https://bugs.example.org"),
        (
            "21: signatures.bug_url has no place for the bug's number; "
            "write {bug} where it goes, as in https://bugs.example.org/{bug}"
        ),
    ),
    (
        changed("  - mode: on", "  - mode: loud"),
        "22: rules.0.mode: input should be 'on', 'shadow' or 'off', not \"loud\"",
    ),
    (
        changed("irc:", "  - {mode: off}", "  - {mode: shadow, pipelines: [check]}", "irc:"),
        "25: rule 3 is never reached: rule 2 takes all of its changes; put the narrower rule first, or remove one",
    ),
    (
        changed("  nick: erbot", "  nick: 1bot"),
        (
            "26: irc.nick: write a nick of at most 30 letters, digits, dashes and underscores "
            'that begins with a letter, not "1bot"'
        ),
    ),
    (
        changed('    - name: "#qa"', "    - name: qa"),
        '28: irc.channels.0.name: write a channel as "#name", in quotes, not "qa"',
    ),
    (
        changed("  sasl_username: erbot"),
        "24: irc lacks sasl_username; give both account and password, or neither",
    ),
    (
        changed("  sasl_password_env: IRC_PASSWORD"),
        "24: irc lacks sasl_password_file (or sasl_password_env); give both account and password, or neither",
    ),
    (
        changed(
            "  known_hosts: known_hosts", "  known_hosts: known_hosts", "  http_password_file: opensearch.password"
        ),
        (
            "6: gerrit has an HTTP password and no web; "
            "give web, the root of Gerrit's pages, such as https://review.example.org"
        ),
    ),
    (
        changed("  known_hosts: known_hosts", *WITH_WEB, "  http_password_file: nowhere"),
        "7: gerrit.http_password_file: there is no file DIR/nowhere; put it there, or name the right one",
    ),
    (
        changed("  known_hosts: known_hosts", *WITH_WEB, "  http_password_env: NOT_SET"),
        ("7: gerrit.http_password_env: the environment variable NOT_SET holds no secret; write it there, in one line"),
    ),
    (
        changed("  known_hosts: known_hosts", *WITH_WEB, "  http_password_env: A", "  http_password_file: B"),
        "7: gerrit has both http_password_file and http_password_env; keep one of them",
    ),
    (RIGHT + "waitnig: {}\n", '31: there is no key "waitnig"; did you mean "waiting"?'),
    (RIGHT + "log_level: LOUD\n", "31: log_level: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not \"LOUD\""),
    (RIGHT + "state: [1]\n", "31: state has to be a path"),
    *(
        (
            RIGHT + f"replies: {{group: {name}}}\n",
            (
                "31: replies.group: write the group's name as Gerrit shows it, without quotes, backslashes and a dash "
                f"in front, not {name}"
            ),
        )
        for name in ('"it\'s"', '"-x"')
    ),
    (
        RIGHT + "rules: !!python/object/apply:os.system [true]\n",
        '31: the key "rules" stands here twice; keep one',
    ),
    ("gerrit: [\n", "2: this is no YAML: expected the node content, but found '<stream end>'"),
    ("[1, 2]", "1: the file has to hold keys with their values"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_f24_each_key_wrong_in_turn(tmp_path: Path, text: str, said: str) -> None:
    file = site(tmp_path, text)
    with pytest.raises(ConfigErrors) as error:
        load(file, ENVIRON)
    assert str(error.value) == f"{file}:{said.replace('DIR', str(tmp_path))}"


def test_f24_all_errors_at_once(tmp_path: Path) -> None:
    text = """\
gerrit:
  host: review.example.org
  usernme: erbot
  key: nowhere
  known_hosts: known_hosts
  port: many
cis:
  - name: zuul
    kind: zuull
    account: zuul
    log_store: mian
  - 17
log_stores:
  main:
    kind: local
    workers: 99
signatures:
  directories: []
wating: {}
"""
    file = site(tmp_path, text)
    with pytest.raises(ConfigErrors) as error:
        load(file, ENVIRON)
    assert (
        str(error.value).replace(f"{file}:", "")
        == f"""\
1: gerrit.username is missing; add it
3: there is no key "usernme"; did you mean "username"?
4: gerrit.key: there is no file {tmp_path}/nowhere; put it there, or name the right one
6: gerrit.port: input should be a valid integer, unable to parse string as an integer, not "many"
9: cis.0.kind: input should be 'zuul' or 'jenkins', not "zuull"
11: the CI zuul names the log store mian, which is not there; describe it under log_stores, or name one that is there \
(main)
12: cis.1 has to hold keys with their values
16: log_stores.main.workers: input should be less than or equal to 16, not "99"
18: signatures.directories: tuple should have at least 1 item after validation, not 0
19: there is no key "wating"; did you mean "waiting"?"""
    )


def test_a_zuul_without_a_cluster_needs_to_know_where_logs_lie(tmp_path: Path) -> None:
    text = RIGHT.replace("    web: https://zuul.example.org\n    log_hosts: [logs.example.org]\n", "")
    head, _, rest = text.partition("  main:\n")
    file = site(tmp_path, head + "  main: {kind: local}\n" + rest[rest.index("signatures:") :])
    with pytest.raises(ConfigErrors) as error:
        load(file, ENVIRON)
    assert str(error.value) == (
        f"{file}:7: the logs of the CI zuul are to be fetched, and it has neither web nor log_hosts; "
        "give web, the root of its pages, and log_hosts, the hosts that its logs lie on"
    )


def test_files_that_are_none(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    said = {
        f"{tmp_path}/none.yaml": "there is no such file; name the configuration file with -c FILE",
        f"{tmp_path}": "the file cannot be read: Is a directory; name a file that our user may read",
        f"{binary}:1": "the file is not UTF-8 text; save it as UTF-8",
    }
    for place, words in said.items():
        assert [str(problem) for problem in read(Path(place.removesuffix(":1")), {}).problems] == [f"{place}: {words}"]


SCALARS = st.one_of(
    st.text(alphabet=string.printable + "é\x00\u2028", max_size=12),
    *(st.integers(), st.floats(), st.booleans(), st.none(), st.sampled_from(["main", "10m", "/(/", "#qa", "local"])),
)
KEYS = st.sampled_from(sorted({line.strip(" -").partition(":")[0] for line in RIGHT.splitlines()} | {"x", "<<", ""}))
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)


def is_settings_or_errors(folder: Path, content: bytes) -> bool:
    file = folder / "config.yaml"
    file.write_bytes(content)
    try:
        return isinstance(load(file, ENVIRON), Settings)
    except ConfigErrors as errors:
        return bool(errors.problems) and all(problem.line >= 1 for problem in errors.problems)


@QUICK
@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_f24_any_tree_gives_settings_or_errors(tmp_path: Path, tree: dict[str, object]) -> None:
    assert is_settings_or_errors(site(tmp_path).parent, _yaml(tree).encode())


@QUICK
@given(st.integers(0, len(RIGHT)), st.integers(0, 9), st.text(alphabet=string.printable, max_size=6))
def test_f24_any_slip_of_the_keyboard_gives_settings_or_errors(tmp_path: Path, at: int, cut: int, typed: str) -> None:
    assert is_settings_or_errors(site(tmp_path).parent, (RIGHT[:at] + typed + RIGHT[at + cut :]).encode())


@QUICK
@given(st.binary(max_size=200))
@example(b"gerrit: {key: \"a\\0b\", known_hosts: 'x'}")
@example(b"? [a]\n: b")
@example(b"&a [*a]")
@example(b"cis: &a [&b {x: *a}]")
def test_f24_any_bytes_give_settings_or_errors(tmp_path: Path, content: bytes) -> None:
    assert is_settings_or_errors(tmp_path, content)


def _yaml(value: object) -> str:
    """Flow YAML of a tree; its scalars stand bare, so that any of YAML's meanings may come of them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return str(value)
