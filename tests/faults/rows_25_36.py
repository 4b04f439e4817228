"""Rows 25 to 36 of the fault table: signatures, the texts of others, IRC."""

from .rows import Row

TEXTS: tuple[Row, ...] = (
    Row(
        number=25,
        fault="a signature file is bad",
        test="tests/unit/signatures/test_files.py::test_f25_whatever_lies_in_the_folder_the_good_files_are_read",
        treats="gerritbot_er.signatures.files:read_folder",
        careless="""
def read_folder(
    folders: Iterable[Path], bug_url: str | None = None
) -> tuple[Mapping[str, Signature], tuple[Problem, ...]]:
    read = [read_signature(read_text(path), str(path), bug_url) for one in folders for path in one.glob("*.yaml")]
    return {signature.name: signature for signature in read}, ()
""",
    ),
    Row(
        number=26,
        fault="a comment's text holds commands for Gerrit's SSH",
        test="tests/peers/test_gerrit_history_reviews.py"
        "::test_f26_a_comment_arrives_as_it_was_written_and_does_nothing_else",
        treats="gerritbot_er.gerrit.reviews:GerritReviews.post",
        careless="""
def post(self, review: Review) -> None:
    command = f'gerrit review --message "{review.message}" {review.change},{review.patchset}'
    self._connection.run(command, timeout=self._timeout)
""",
    ),
    Row(
        number=27,
        fault="logs and jobs are called so that quoting them starts a CI run",
        test="tests/peers/test_no_loop.py"
        "::test_f27_whatever_logs_and_jobs_are_called_the_ci_runs_only_when_people_ask_it_to",
        treats="gerritbot_er.triage.comment_parts:sets_off",
        careless="""
def sets_off(text: str, patterns: Iterable[str]) -> bool:
    return False
""",
    ),
    Row(
        number=28,
        fault="a CI's comment holds query text in the place of a build's id",
        test="tests/unit/logs/test_cluster_question.py::test_f28_only_a_whole_hex_id_is_an_identity",
        treats="gerritbot_er.logs.layouts:Layout.build_id",
        careless="""
def build_id(self, uuid: str | None) -> str | None:
    return (uuid or "").lower() or None
""",
    ),
    Row(
        number=29,
        fault="a CI's comment names the build of another change",
        test="tests/unit/triage/test_forged.py::test_f29_a_job_line_that_names_another_change_s_build_proves_nothing",
        treats="gerritbot_er.triage.cases:with_facts",
        careless="""
def with_facts(report: CIReport, builds: Iterable[Build], facts: Iterable[BuildFacts]) -> tuple[Build, ...]:
    by_name = {name: fact for fact in facts for name in (fact.uuid, fact.url) if name}
    return tuple(_merge(b, by_name[b.identity]) if b.identity in by_name else b for b in builds)
""",
    ),
)

IRC: tuple[Row, ...] = (
    Row(
        number=30,
        fault="a notice's text holds IRC commands",
        test="tests/peers/test_irc_faults.py::test_f30_no_line_but_ours_leaves",
        treats="gerritbot_er.chat.gate:clean_text",
        careless="""
def clean_text(text: str) -> str:
    return text
""",
    ),
    Row(
        number=31,
        fault="somebody has our nick",
        test="tests/peers/test_irc_faults.py::test_f31_a_nick_in_use_is_replaced_and_regained",
        treats="gerritbot_er.chat.session:Session._other_nick",
        careless="""
def _other_nick(self, words: tuple[str, ...]) -> None:
    pass
""",
    ),
    Row(
        number=32,
        fault="the IRC server is silent and the connection stays open",
        test="tests/peers/test_irc_faults.py::test_f32_a_server_that_goes_silent_is_left_for_a_new_connection",
        treats="gerritbot_er.chat.session:Session.tick",
        careless="""
def tick(self, now: float) -> None:
    self.now = now
    if self.registered:
        for membership in self.memberships:
            self._join(membership)
""",
    ),
    Row(
        number=33,
        fault="we are kicked out of a channel",
        test="tests/peers/test_irc_faults.py::test_f33_kicked_and_back",
        treats="gerritbot_er.chat.session:Membership.left",
        careless="""
def left(self, why: str, now: float, timing: Timing) -> None:
    self.joined, self.why = False, why
""",
    ),
    Row(
        number=34,
        fault="many notices at once",
        test="tests/peers/test_irc_faults.py::test_f34_a_flood_of_notices_goes_out_slowly",
        treats="gerritbot_er.chat.pace:Pace.take",
        careless="""
def take(self, now: float) -> bool:
    return True
""",
    ),
    Row(
        number=35,
        fault="the IRC login is refused",
        test="tests/peers/test_irc_faults.py::test_f35_never_on_without_the_account",
        treats="gerritbot_er.chat.session:Session._log_in",
        careless="""
def _log_in(self, login: Login, kind: str, words: tuple[str, ...]) -> None:
    refused = kind.startswith("sasl") and kind != "saslsuccess"
    if refused or kind == "nicklocked" or words[1:2] == ("NAK",):
        self.send("CAP END")
        return
    if kind != "welcome":
        self.login, answers = login.seen(kind, words)
        for answer in answers:
            self.send(answer.reveal())
""",
    ),
    Row(
        number=36,
        fault="others send bytes and lines that cannot be read",
        test="tests/peers/test_irc_faults.py::test_f36_bytes_and_lines_of_others_do_not_end_the_loop",
        treats="gerritbot_er.chat.link:_Connection._process_line",
        careless="""
def _process_line(self, line: str) -> None:
    super()._process_line(line)
""",
    ),
)
