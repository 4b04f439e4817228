"""Rows 1 to 24 of the fault table: the stream, the history, the log stores, the outbox, the configuration."""

from .rows import Row

_STREAM = "tests/peers/test_gerrit_stream.py::"
_LOST = "tests/unit/triage/test_nothing_lost.py::"
_CLUSTER = "tests/peers/test_cluster_faults.py::"

_TO_GERRIT = (
    Row(
        number=1,
        fault="the SSH connection is reset, or ends in the middle of a line",
        test=_STREAM + "test_f01_a_dropped_connection_is_opened_again",
        treats="gerritbot_er.gerrit.stream:EventStream.run",
        careless="""
def run(self, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            stream = self._connection.open_stream(COMMAND)
            self._listener.connected()
            self._read(stream, stop)
        except (Transient, Misconfigured) as error:
            self._listener.lost(Lost(str(error), 0.0, False))
""",
    ),
    Row(
        number=2,
        fault="the peer hangs, and TCP does not tell",
        test=_STREAM + "test_f02_a_hung_peer_is_left_after_two_missed_probes",
        treats="gerritbot_er.gerrit.stream:EventStream._read",
        careless="""
def _read(self, stream: Stream, stop: threading.Event) -> None:
    lines = Lines()
    while not stop.is_set():
        chunk = stream.recv(self._timing.tick)
        if chunk:
            self._deliver(lines, chunk)
        elif chunk is not None:
            raise _ended(stream)
""",
    ),
    Row(
        number=3,
        fault="Gerrit is restarted: its stream is open before it tells anything",
        test="tests/peers/test_gerrit_restart.py::test_f03_a_stream_that_is_open_again_is_proved_by_history_or_by_an_event",
        treats="gerritbot_er.daemon.listener:StreamListener.connected",
        careless="""
def connected(self) -> None:
    self._board.say(dependencies.STREAM, Condition.WORKING)
    self._catch_up.connected(lambda: None)
    self._missed.ring()
""",
    ),
    Row(
        number=4,
        fault="events come while nobody listens, and history answers with errors and garbage",
        test=_LOST + "test_f04_what_was_missed_is_told_once_history_can_be_read",
        treats="gerritbot_er.triage.catchup:CatchUp._take_in",
        careless="""
def _take_in(self, done: Done, now: float) -> None:
    self._reading = False
    if done.error is None:
        self._intake.take(cast("Sequence[Event]", done.result))
        self._intake.keep()
    self._close_gap()
""",
    ),
    Row(
        number=5,
        fault="Gerrit drops events of a burst, and says so before older ones",
        test=_LOST + "test_f05_all_of_a_burst_is_told_wherever_the_marker_stands_in_it",
        treats="gerritbot_er.daemon.listener:StreamListener.received",
        careless="""
def received(self, events: Sequence[Event]) -> None:
    self._intake.take(events)
    self._arrived.ring()
""",
    ),
    Row(
        number=6,
        fault="our key is refused",
        test=_STREAM + "test_f06_a_refused_key_is_not_tried_again_for_minutes",
        treats="gerritbot_er.gerrit.stream:backoff",
        careless="""
def backoff(attempt: int, roll: float, *, misconfigured: bool = False) -> float:
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt, 16)) * roll
""",
    ),
    Row(
        number=7,
        fault="the server shows another host key than the known one",
        test="tests/peers/test_gerrit_ssh.py::test_f07_a_host_with_another_key_is_not_given_our_login",
        treats="gerritbot_er.gerrit.keys:check_host_key",
        careless="""
def check_host_key(path: Path, host: str, port: int, known: Sequence[KnownKey], shown: paramiko.PKey) -> None:
    return
""",
    ),
)

_EVENTS = (
    Row(
        number=8,
        fault="a hundred thousand events come in one burst, while the disk hangs",
        test="tests/unit/triage/test_flood.py::test_f08_a_hundred_thousand_events_are_read_while_the_disk_hangs",
        treats="gerritbot_er.triage.intake:Intake.take",
        careless="""
def take(self, events: Iterable[Event]) -> None:
    for event in events:
        if not isinstance(event, DroppedOutput):
            self._sort(event)
            self.keep()
""",
    ),
    Row(
        number=9,
        fault="a line is no event: no JSON, no object, no number, nested without end",
        test="tests/unit/gerrit/test_gerrit_events.py::test_f09_a_malformed_event_is_one_kind_of_error",
        treats="gerritbot_er.gerrit.events:_load_leniently",
        careless="""
def _load_leniently(line: bytes) -> object:
    return json.loads(line)
""",
    ),
    Row(
        number=10,
        fault="a line of five mebibytes",
        test=_STREAM + "test_f10_a_huge_line_opens_a_gap_and_the_next_one_is_read",
        treats="gerritbot_er.gerrit.events:Lines._hold",
        careless="""
def _hold(self, part: bytes) -> None:
    self._parts.append(part)
""",
    ),
    Row(
        number=11,
        fault="packets hold several lines, or end inside a character",
        test="tests/unit/gerrit/test_gerrit_lines.py::test_f11_every_cut_of_a_stream_gives_equal_events",
        treats="gerritbot_er.gerrit.events:Lines.feed",
        careless="""
def feed(self, chunk: bytes) -> list[bytes]:
    return [line.encode() for line in chunk.decode("utf-8", "replace").splitlines() if line]
""",
    ),
    Row(
        number=12,
        fault="text holds halves of characters, and characters that hide or reorder it",
        test="tests/unit/test_cleaning.py::test_f12_cleaned_text_always_encodes_and_stays_clean",
        treats="gerritbot_er.cleaning:clean",
        careless="""
def clean(text: str) -> str:
    return text.strip()
""",
    ),
)

_LOG_STORES = (
    Row(
        number=13,
        fault="the log store is down for hours",
        test="tests/unit/triage/test_store_away.py::"
        "test_f13_a_store_that_is_down_is_asked_by_one_probe_and_answers_everybody_afterwards",
        treats="gerritbot_er.triage.breaker:Breaker.lets",
        careless="""
def lets(self, now: float) -> bool:
    return True
""",
    ),
    Row(
        number=14,
        fault="the log store answers slowly",
        test=_CLUSTER + "test_f14_a_slow_server_has_two_questions_at_once_and_answers_them_all",
        treats="gerritbot_er.calls:ThreadCalls.submit",
        careless="""
def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
    with self._lock:
        self._running[lane] = self._running.get(lane, 0) + 1
        self._hand_out((lane, key, call))
""",
    ),
    Row(
        number=15,
        fault="the log store is busy, and says when to ask again",
        test=_CLUSTER + "test_f15_busy_is_asked_once_and_says_when_to_ask_again",
        treats="gerritbot_er.retry_after:retry_after",
        careless="""
def retry_after(headers: Mapping[str, str]) -> float | None:
    return None
""",
    ),
    Row(
        number=16,
        fault="only some shards have answered",
        test=_CLUSTER + "test_f16_partial_a_hit_counts_and_a_miss_does_not",
        treats="gerritbot_er.logs.answer:_searched",
        careless="""
def _searched(body: object) -> tuple[bool, bool]:
    return True, False
""",
    ),
    Row(
        number=17,
        fault="the index of today is not there yet",
        test=_CLUSTER + "test_f17_over_midnight_a_day_that_is_not_there_yet_is_no_error",
        treats="gerritbot_er.logs.question:options",
        careless="""
def options(index: str) -> Json:
    return {"index": index, "allow_partial_search_results": True}
""",
    ),
    Row(
        number=18,
        fault="logs come late, and those of one build never",
        test="tests/unit/triage/test_orders.py::test_f18_one_late_build_holds_nobody_else",
        treats="gerritbot_er.triage.asking:Asking.matches",
        careless="""
def matches(self, work: CaseWork, now: float) -> None:
    ready = [item for item in work.builds.values() if item.ready and not item.asking]
    if len(ready) < len(work.builds):
        return
    for item in ready:
        item.asking, item.asked_at = True, now
    builds = [item.build for item in ready]
    every = self._library().signatures
    self._questions.ask_for_matches(work.store, work.case.id, builds, every, host="", now=now)
""",
    ),
)

_ONCE = (
    Row(
        number=19,
        fault="the server's clock is a day from ours",
        test="tests/unit/triage/test_clocks.py::test_f19_what_was_missed_is_found_whatever_the_servers_clock_says",
        treats="gerritbot_er.triage.catchup:CatchUp._begin",
        careless="""
def _begin(self, since: int | None) -> int | None:
    if self._cases.cursor() is None:
        self._cases.keep(Batch(cursor=int(self._clock.now()) + OVERLAP))
    return None
""",
    ),
    Row(
        number=20,
        fault="every event comes twice, in another order and with other seconds",
        test=_LOST + "test_f20_the_whole_log_twice_is_the_same_comments",
        treats="gerritbot_er.triage.cases:case_key",
        careless="""
def case_key(report: CIReport) -> str:
    return f"{report.change.number},{report.patchset} {report.ci} {report.at}"
""",
    ),
    Row(
        number=21,
        fault="the process is killed between the comment and its record",
        test=_LOST + "test_f21_killed_before_the_comment_was_recorded_and_nobody_tells_of_it",
        treats="gerritbot_er.triage.poster:Poster._stands",
        careless="""
def _stands(self, token: str, history: ChangeHistory) -> bool:
    return False
""",
    ),
    Row(
        number=22,
        fault="the change has a newer patch set, or is closed, when the comment is to be posted",
        test="tests/unit/triage/test_poster.py::"
        "test_f22_a_change_that_moved_on_before_we_ever_listened_gets_no_comment",
        treats="gerritbot_er.triage.poster:Poster._deliver",
        careless="""
def _deliver(self, review: Review) -> str:
    self._reviews.post(review)
    return POSTED
""",
    ),
    Row(
        number=23,
        fault="a comment is too long",
        test="tests/unit/triage/test_comment_limits.py::test_f23_a_bug_whose_link_is_too_long_for_a_comment",
        treats="gerritbot_er.triage.comment_parts:fitted",
        careless="""
def fitted(text: str, limit: int = LONGEST_COMMENT) -> str:
    return text[:limit]
""",
    ),
    Row(
        number=24,
        fault="a key of the configuration is misspelled, or its value is wrong",
        test="tests/unit/config/test_config_every_key.py::test_f24_every_key_of_every_section_wrong_in_turn",
        treats="gerritbot_er.typed_yaml:check",
        careless="""
def check(document: YamlDocument, adapter: TypeAdapter[T]) -> T:
    try:
        return adapter.validate_python(document.data)
    except ValidationError as error:
        raise YamlProblems([document.problem((), error.errors()[0]["msg"])]) from None
""",
    ),
)

FIRST: tuple[Row, ...] = (*_TO_GERRIT, *_EVENTS, *_LOG_STORES, *_ONCE)
