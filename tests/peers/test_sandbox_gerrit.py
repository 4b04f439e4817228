"""The sandbox Gerrit as a plain SSH client sees it, and compared with what real Gerrits sent."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from gerritbot_er.sandbox.gerrit import SandboxGerrit, new_key
from tests.peers.ssh_client import WAIT, Client, Events

CAPTURED = Path(__file__).parents[3] / "shared/data/events/captured-gerrit"
VERSIONS = ["3.10.2", "3.13.5"]


def text_of(message: str) -> str:
    return f"Patch Set 1:\n\n{message}"


@pytest.fixture
def gerrit() -> Iterator[SandboxGerrit]:
    with SandboxGerrit(web_url="http://127.0.0.1:18180") as running:
        yield running


@pytest.fixture
def key(gerrit: SandboxGerrit, tmp_path: Path) -> Path:
    public = new_key(tmp_path / "id")
    gerrit.add_account("zuul", name="Zuul", public_key=public, stream_events=True, votes=frozenset({"Verified"}))
    gerrit.add_account("dev", name="A Developer", public_key=public)
    return tmp_path / "id"


@pytest.fixture
def zuul(gerrit: SandboxGerrit, key: Path) -> Iterator[Client]:
    client = Client(gerrit, "zuul", key)
    with client.ssh:
        yield client


@pytest.fixture
def change(gerrit: SandboxGerrit, key: Path) -> int:
    assert key.exists()
    return gerrit.create_change("openstack/nova", "Capture change", owner="dev")


def shape(value: object, path: str = "") -> set[str]:
    """Every path of keys in a JSON value, with the type at its end."""
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in shape(inner, f"{path}.{key}")}
    if isinstance(value, list):
        return {found for inner in value for found in shape(inner, f"{path}[]")} or {f"{path}[]"}
    return {f"{path}: {type(value).__name__}"}


def captured(version: str, name: str) -> str:
    found = CAPTURED / version / name
    if not found.exists():
        pytest.skip(f"no captured Gerrit lines at {found}")
    return found.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_comment_event_has_the_keys_of_the_real_one_in_its_order(
    version: str, gerrit: SandboxGerrit, change: int
) -> None:
    real = json.loads(captured(version, "json_message.json"))
    gerrit.comment("zuul", change, "first", votes={"Verified": -1})
    gerrit.comment("zuul", change, real["comment"].removeprefix("Patch Set 1:\n\n"), votes={"Verified": -1})
    ours = gerrit.events[-1]
    assert list(ours) == list(real)
    assert list(ours["change"]) == list(real["change"])  # type: ignore[call-overload]
    assert list(ours["patchSet"]) == list(real["patchSet"])  # type: ignore[call-overload]
    assert shape(ours) == shape(real)
    assert {key: ours[key] for key in ("author", "approvals", "comment", "project", "refName", "type")} == {
        key: real[key] for key in ("author", "approvals", "comment", "project", "refName", "type")
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_unicode_stands_in_a_line_as_in_the_real_one(version: str, gerrit: SandboxGerrit, zuul: Client) -> None:
    raw = captured(version, "json_unicode.json")
    real = json.loads(raw)
    change = gerrit.create_change("openstack/nova", "Capture change", owner="dev")
    stream = zuul.open("gerrit stream-events -s comment-added")
    gerrit.wait_for_stream("zuul", WAIT)
    message = real["comment"].removeprefix("Patch Set 1:\n\n")
    assert zuul.review(f"{change},1", message=message) == (0, "", "")
    line = stream.recv(65_536).decode()
    field = '"comment":'
    end = '"patchSet"'
    ours, theirs = line[line.index(field) : line.index(end)], raw[raw.index(field) : raw.index(end)]
    assert ours == theirs


@pytest.mark.parametrize("version", VERSIONS)
def test_history_has_the_keys_of_the_real_one(version: str, zuul: Client, gerrit: SandboxGerrit, change: int) -> None:
    real, stats = (json.loads(line) for line in captured(version, "ssh_query_comments.jsonl").split("\n") if line)
    gerrit.comment("zuul", change, "m", votes={"Verified": 1})
    ours, our_stats = zuul.query(f"change:{change}", "--comments --current-patch-set --patch-sets")
    assert list(ours) == list(real)
    assert shape(our_stats) == shape(stats)
    # Inline comments are the one thing that the sandbox has none of.
    inline = {path for path in shape(real) if "Set.comments" in path or "Sets[].comments" in path}
    assert shape(ours) == shape(real) - inline


def test_merge_and_patchset_events_have_the_keys_of_the_real_ones(gerrit: SandboxGerrit, change: int) -> None:
    real = [json.loads(line) for line in captured("3.10.2", "all_event_types.jsonl").split("\n") if line]
    gerrit.new_patchset(change)
    gerrit.merge(change, "dev")
    assert {"patchset-created", "change-merged"} <= {event["type"] for event in gerrit.events}
    for event in gerrit.events:
        like = next(other for other in real if other["type"] == event["type"])
        assert list(event) == list(like)
        assert shape(event) == shape(like)


def test_closed_changes_show_no_approvals(gerrit: SandboxGerrit, change: int, zuul: Client) -> None:
    gerrit.abandon(change, "dev", "no more")
    assert zuul.review(f"{change},1", message="late") == (0, "", "")
    assert "approvals" not in gerrit.events[-1]
    assert zuul.review(f"{change},1", message="late", labels={"Verified": -1}) == (
        1,
        "",
        "error: change is closed\n\nfatal: one or more reviews failed; review output above\n",
    )
    assert [message.text for message in gerrit.messages(change)] == [
        "Uploaded patch set 1.",
        "Abandoned\n\nno more",
        "Patch Set 1:\n\nlate",
    ]


def test_reviews_are_answered_as_a_real_gerrit_answers(zuul: Client, gerrit: SandboxGerrit, change: int) -> None:
    refused = "fatal: one or more reviews failed; review output above\n"
    too_long = "error: One or more comments were rejected in validation: Comment size exceeds limit (16385 > 16384)\n\n"
    unread = "fatal: internal error while reading review input\n"
    array = (
        "error: java.lang.IllegalStateException: Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 1 path $"
    )
    review = f"gerrit review --json {change},1"
    assert zuul.run(review) == (0, "", "")
    assert zuul.run(review, b"{}") == (0, "", "")
    assert zuul.review(f"{change},1", message="  \n") == (0, "", "")
    assert zuul.run(review, b"[1]") == (1, "", f"{array}\n\n{unread}")
    assert zuul.review(f"{change},1", message="x" * 16_384) == (0, "", "")
    assert zuul.review(f"{change},1", message="x" * 16_385) == (1, "", too_long + refused)
    assert zuul.review(f"{change},1", message="😀" * 8_193)[0] == 1
    assert zuul.review("999,1", message="m") == (1, "", 'fatal: "999" no such change\n')
    assert zuul.review(f"{change},7", message="m") == (1, "", f'fatal: "{change},7" no such patch set\n')
    assert zuul.review("abc", message="m") == (1, "", 'fatal: "abc" is not a valid patch set\n')
    assert zuul.run("gerrit review --json") == (1, "", 'fatal: Argument "{COMMIT | CHANGE,PATCHSET}" is required\n')
    assert zuul.run(f"gerrit review --submit {change},1") == (1, "", 'fatal: "--submit" is not a valid option\n')
    assert zuul.review(f"{change},1", message=" lead and trail \n", tag="t", bogus=1) == (0, "", "")
    assert zuul.review(f"{change},1", labels={"Verified": 5, "Nope": 1}) == (0, "", "")
    assert zuul.review(f"{change},1", labels={"Code-Review": 2}) == (
        1,
        "",
        'error: Applying label "Code-Review": 2 is restricted\n\n' + refused,
    )
    assert zuul.review(f"{change},1", message="m", labels={"Verified": -1}) == (0, "", "")
    assert zuul.review(f"{change},1", message="m", labels={"Verified": -1}) == (0, "", "")
    assert zuul.review(f"{change},1", labels={"Verified": 0}) == (0, "", "")
    said = [(message.text, message.tag) for message in gerrit.messages(change, "zuul")]
    assert said == [
        (text_of("x" * 16_384), None),
        (text_of("lead and trail"), "t"),
        ("Patch Set 1: Verified-1\n\nm", None),
        (text_of("m"), None),
        ("Patch Set 1: -Verified", None),
    ]


def test_queries_are_answered_as_a_real_gerrit_answers(gerrit: SandboxGerrit, zuul: Client) -> None:
    first = gerrit.create_change("example/widgets", "one", owner="dev")
    second = gerrit.create_change("example/gadgets", "two", owner="dev", branch="stable")
    gerrit.abandon(first, "dev")

    def numbers(text: str, options: str = "") -> list[object]:
        *found, stats = zuul.query(text, options)
        assert stats["rowCount"] == len(found)
        return [*(line["number"] for line in found), stats["moreChanges"]]

    assert numbers("limit:1")[1] is True
    assert numbers("change:1") == [first, False]
    assert numbers("project:example/gadgets branch:stable is:open") == [second, False]
    assert numbers("change:1 OR change:2", "--start 1")[1] is False
    assert numbers("NOT change:1") == [second, False]
    assert numbers('"(change:1 OR change:2) -status:abandoned"') == [second, False]
    assert numbers('"project:example/widgets after:\\"2020-01-01 00:00:00 +0000\\""') == [first, False]
    assert numbers("after:{2020-01-01 00:00:00 +0000} limit:5", "--start=1")[1] is False
    assert numbers("after:2999-01-01") == [False]
    assert numbers("NOT age:1h limit:9")[2] is False
    assert numbers("age:1h") == [False]

    def error(text: str) -> list[dict[str, object]]:
        return zuul.query(text)

    assert error("nope:1") == [{"type": "error", "message": "Unsupported operator nope:1"}]
    assert error("change:abc") == [{"type": "error", "message": "Invalid change format"}]
    assert error("after:garbage") == [{"type": "error", "message": "Invalid date format: garbage"}]
    assert error("after:2020-99-01") == [{"type": "error", "message": "Invalid date format: 2020-99-01"}]
    assert error("limit:0") == [{"type": "error", "message": "limit must be positive: 0"}]
    # The quotes are taken by the command line, so that the clock becomes a term of its own.
    assert error('after:"2020-01-01 00:00:00 +0000"') == [{"type": "error", "message": "Unsupported operator 00:00:00"}]
    assert error('"(project:a"') == [{"type": "error", "message": "line 1:10 mismatched input '<EOF>' expecting ')'"}]
    assert zuul.run("gerrit query --format=JSON -age:1h") == (1, "", 'fatal: "-age:1h" is not a valid option\n')


def test_other_commands(zuul: Client) -> None:
    assert zuul.run("gerrit version") == (0, "gerrit version 3.10.2\n", "")
    assert zuul.run("gerrit nonsense") == (1, "", "fatal: gerrit: nonsense: not found\n")
    assert zuul.run("rm -rf /") == (1, "", "fatal: Gerrit Code Review: rm: not found\n")


def test_members_of_groups_are_listed_as_by_the_real_server(gerrit: SandboxGerrit, zuul: Client) -> None:
    gerrit.add_account("tab", name="No\tTab é")
    gerrit.add_group("a team", "tab", "zuul")
    gerrit.add_group("hidden", "tab", "zuul", visible=False)
    header = "id\tusername\tfull name\temail\n"
    own = "1000001\tzuul\tZuul\tzuul@example.org\n"
    tab = "1000001\ttab\tNo\\tTab é\ttab@example.org\n"
    assert zuul.run("gerrit ls-members --recursive 'a team'") == (0, header + tab + own, "")
    assert zuul.run("gerrit ls-members hidden") == (0, header + own, "")
    assert zuul.run("gerrit ls-members A") == (0, "Group not found or not visible\n", "")
    assert zuul.run("gerrit ls-members -- hidden") == (1, "", 'fatal: "--" is not a valid option\n')
    assert zuul.run("gerrit ls-members") == (1, "", 'fatal: Argument "GROUPNAME" is required\n')


def test_streams_filter_by_type_and_end_with_the_client(gerrit: SandboxGerrit, zuul: Client, change: int) -> None:
    stream = zuul.open("gerrit stream-events -s change-merged -s comment-added")
    gerrit.wait_for_stream("zuul", WAIT)
    gerrit.new_patchset(change)
    gerrit.comment("zuul", change, "hello")
    gerrit.merge(change, "dev")
    assert [event["type"] for event in Events(stream).take(2)] == ["comment-added", "change-merged"]
    stream.close()
    assert zuul.run("gerrit version")[0] == 0


def test_a_burst_loses_nothing_and_keeps_its_order(gerrit: SandboxGerrit, zuul: Client, change: int) -> None:
    stream = zuul.open("gerrit stream-events", window=2**24)
    gerrit.wait_for_stream("zuul", WAIT)

    def post() -> None:
        for number in range(3_000):
            gerrit.comment("zuul", change, str(number))

    burst = threading.Thread(target=post)
    burst.start()
    assert [event["comment"] for event in Events(stream).take(3_000)] == [text_of(str(n)) for n in range(3_000)]
    burst.join()


def test_a_slow_reader_gets_the_marker_before_what_was_queued(tmp_path: Path) -> None:
    limit, last = 16, 100
    with SandboxGerrit(event_limit=limit) as small:
        small.add_account("zuul", public_key=new_key(tmp_path / "id"), stream_events=True)
        small.add_account("dev")
        change = small.create_change("example/widgets", "one", owner="dev")
        client = Client(small, "zuul", tmp_path / "id")
        with client.ssh:
            stream = Events(client.open("gerrit stream-events", window=4096))
            small.wait_for_stream("zuul", WAIT)
            for number in range(last):
                small.comment("zuul", change, str(number))
            comments: list[int] = []
            markers: list[int] = []

            while last not in comments:
                event = stream.next()
                if event["type"] == "dropped-output":
                    markers.append(len(comments))
                else:
                    comments.append(int(str(event["comment"]).split()[-1]))
                if markers and len(comments) >= markers[0] + limit:
                    small.comment("zuul", change, str(last))
            gaps = [at for at in range(1, len(comments)) if comments[at] != comments[at - 1] + 1]
            assert gaps
            assert set(gaps) <= {marker + limit for marker in markers}


def test_the_capability_to_stream_can_be_missing(gerrit: SandboxGerrit, key: Path) -> None:
    client = Client(gerrit, "dev", key)
    with client.ssh:
        assert client.run("gerrit stream-events") == (1, "", "stream events not permitted\n")


def test_unknown_keys_users_and_refusals_on_cue(gerrit: SandboxGerrit, key: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "stranger")
    for username, with_key in (("zuul", tmp_path / "stranger"), ("nobody", key)):
        with pytest.raises(paramiko.AuthenticationException):
            Client(gerrit, username, with_key)
    gerrit.troubles.refuse_auth = True
    with pytest.raises(paramiko.AuthenticationException):
        Client(gerrit, "zuul", key)
    assert gerrit.logins == ["zuul", "nobody", "zuul"]


@pytest.mark.parametrize("reset", [False, True])
def test_connections_are_dropped_and_come_back(gerrit: SandboxGerrit, zuul: Client, key: Path, *, reset: bool) -> None:
    stream = zuul.open("gerrit stream-events")
    gerrit.wait_for_stream("zuul", WAIT)
    assert gerrit.drop_connections(reset=reset) == 1
    assert stream.recv(1) == b""
    again = Client(gerrit, "zuul", key)
    with again.ssh:
        assert again.run("gerrit version")[0] == 0


def test_a_restart_keeps_port_key_and_changes(gerrit: SandboxGerrit, key: Path, change: int) -> None:
    gerrit.stop()
    with pytest.raises(OSError, match="Unable to connect"):
        Client(gerrit, "zuul", key)
    gerrit.start()
    client = Client(gerrit, "zuul", key)
    with client.ssh:
        assert client.query("is:open")[0]["number"] == change


def test_a_slow_review_is_applied_before_its_answer(gerrit: SandboxGerrit, zuul: Client, change: int) -> None:
    gerrit.troubles.review_delay_after = WAIT
    channel = zuul.open(f"gerrit review --json {change},1")
    channel.sendall(b'{"message":"slow"}')
    channel.shutdown_write()
    gerrit.wait_for_message(change, lambda message: message.text == text_of("slow"), WAIT)
    assert not channel.exit_status_ready()


@pytest.mark.parametrize("survives", [False, True])
def test_a_client_that_goes_during_a_slow_review(
    gerrit: SandboxGerrit, zuul: Client, change: int, *, survives: bool
) -> None:
    gerrit.troubles.review_delay_before = 0.3
    gerrit.troubles.review_survives_disconnect = survives
    channel = zuul.open(f"gerrit review --json {change},1")
    channel.sendall(b'{"message":"gone"}')
    channel.shutdown_write()
    assert zuul.run("gerrit version")[0] == 0  # the server has the review by now
    zuul.ssh.close()
    if survives:
        gerrit.wait_for_message(change, lambda message: message.text == text_of("gone"), WAIT)
    else:
        with pytest.raises(TimeoutError, match=r"there are:\ndev: Uploaded patch set 1\."):
            gerrit.wait_for_message(change, lambda message: message.author.username == "zuul", 0.6)


def test_a_channel_may_close_without_an_exit_status(gerrit: SandboxGerrit, zuul: Client, change: int) -> None:
    gerrit.troubles.no_exit_status = True
    assert zuul.review(f"{change},1", message="posted all the same") == (-1, "", "")
    assert len(gerrit.messages(change, "zuul")) == 1


def test_raw_bytes_and_silence(gerrit: SandboxGerrit, zuul: Client, change: int) -> None:
    stream = zuul.open("gerrit stream-events")
    gerrit.wait_for_stream("zuul", WAIT)
    gerrit.silence_streams()
    gerrit.comment("zuul", change, "unheard")
    gerrit.silence_streams(silent=False)
    gerrit.send_raw(b"{not json\n")
    assert stream.recv(100) == b"{not json\n"


def test_clients_that_stop_in_the_middle_hurt_nobody(gerrit: SandboxGerrit, zuul: Client) -> None:
    for greeting in (b"", b"SSH-2.0-half", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 4096):
        with socket.create_connection((gerrit.host, gerrit.port), WAIT) as raw:
            raw.sendall(greeting)
    assert zuul.run("gerrit version")[0] == 0


def test_closing_ends_every_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with SandboxGerrit() as short:
        short.add_account("zuul", public_key=new_key(tmp_path / "short"), stream_events=True)
        client = Client(short, "zuul", tmp_path / "short")
        client.open("gerrit stream-events")
        short.wait_for_stream("zuul", WAIT)
    client.ssh.close()
    client.transport.join(WAIT)
    assert {thread for thread in threading.enumerate() if thread.name.startswith("sandbox-gerrit")} - before == set()
