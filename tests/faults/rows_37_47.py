"""Rows 37 to 47 of the fault table: the process, its secrets, its state, what strangers may see."""

from .rows import Row

PROCESS: tuple[Row, ...] = (
    Row(
        number=37,
        fault="IRC is dead all the time",
        test="tests/peers/test_daemon_faults.py::test_f37_without_irc_comments_are_posted_all_the_same",
        treats="gerritbot_er.chat.irc:IrcNotices.run",
        careless="""
def run(self, stop: threading.Event, alive: Callable[[], None] = lambda: None) -> None:
    while not stop.is_set():
        alive()
        self._round(stop)
""",
    ),
    Row(
        number=38,
        fault="a worker dies",
        test="tests/peers/test_workers.py::test_f38_the_end_of_any_worker_ends_the_process",
        treats="gerritbot_er.daemon.supervisor:Supervisor._run",
        careless="""
def _run(self, worker: _Worker) -> None:
    try:
        worker.run(self._stop, self._watch.moving)
    except Exception:
        log.exception("worker %s failed", worker.name)
""",
    ),
    Row(
        number=39,
        fault="a peer echoes the secret that it was sent",
        test="tests/peers/test_secrets.py::test_f39_no_secret_is_in_the_log_the_state_or_what_is_said",
        treats="gerritbot_er.known_secrets:discreet",
        careless="""
def discreet(text: str) -> str:
    return text
""",
    ),
    Row(
        number=40,
        fault="the state file is lost under the running daemon",
        test="tests/peers/test_daemon_faults.py"
        "::test_f40_a_state_file_that_is_lost_under_the_daemon_ends_it_without_a_comment",
        treats="gerritbot_er.state.database:Database._check_place",
        careless="""
def _check_place(self) -> None:
    pass
""",
    ),
    Row(
        number=41,
        fault="connections that were lost or refused are left open",
        test="tests/peers/test_daemon_faults.py::test_f41_a_daemon_that_has_ended_leaves_nothing_open",
        treats="gerritbot_er.gerrit.ssh:_shut",
        careless="""
def _shut(transport: paramiko.Transport) -> None:
    pass
""",
    ),
)

STATE: tuple[Row, ...] = (
    Row(
        number=42,
        fault="what a page shows holds markup and scripts",
        test="tests/peers/test_pages.py::test_f42_hostile_words_are_text_and_nothing_more",
        treats="gerritbot_er.web.pages:page_app",
        careless="""
def page_app(sources: Sources) -> Flask:
    app = Flask("gerritbot_er.web")
    app.jinja_options = {"autoescape": False}
    app.after_request(_guarded)
    app.jinja_env.filters.update({one.__name__: one for one in FORMS})
    app.jinja_env.globals.update(bars=bars, sparkline=sparkline, percent=percent, navigation=NAVIGATION)
    remembered, suggested = Remembered(sources.clock, Turns(sources.clock)), Suggestions(sources)
    for page in PAGES:
        _add(app, sources, page, remembered, suggested)
    return app
""",
    ),
    Row(
        number=43,
        fault="the conversion of the state file fails midway",
        test="tests/unit/state/test_opening.py::test_f43_a_step_that_fails_leaves_the_file_as_it_was",
        treats="gerritbot_er.state.opening:run_step",
        careless="""
def run_step(connection: sqlite3.Connection, step: int, script: str) -> None:
    connection.executescript(f"{script};PRAGMA user_version={step}")
""",
    ),
    Row(
        number=44,
        fault="SIGTERM while a comment is being posted",
        test="tests/peers/test_daemon_faults.py::test_f44_what_is_being_posted_is_finished_and_the_rest_is_kept",
        treats="gerritbot_er.calls:ThreadCalls.close",
        careless="""
def close(self, *, within: float = 0.0) -> bool:
    self._closed = True
    return True
""",
    ),
    Row(
        number=45,
        fault="two daemons see the same failure",
        test="tests/peers/test_daemon_faults.py::test_f45_two_daemons_that_do_not_know_of_each_other_leave_one_comment",
        treats="gerritbot_er.triage.poster:Poster._deliver",
        careless="""
def _deliver(self, review: Review) -> str:
    self._reviews.post(review)
    return POSTED
""",
    ),
    Row(
        number=46,
        fault="a change that not everybody may see fails",
        test="tests/peers/test_daemon_faults.py::test_f46_what_not_everybody_may_see_is_told_on_the_change_alone",
        treats="gerritbot_er.triage.publicity:may_be_told",
        careless="""
def may_be_told(change: Change, public_projects: Iterable[str]) -> bool:
    return True
""",
    ),
    Row(
        number=47,
        fault="the log line that proves a bug holds a secret",
        test="tests/unit/triage/test_masking.py::test_f47_a_quoted_line_shows_no_secret",
        treats="gerritbot_er.triage.masking:masked",
        careless="""
def masked(line: str) -> str:
    return clean_line(line, LONGEST)
""",
    ),
)
