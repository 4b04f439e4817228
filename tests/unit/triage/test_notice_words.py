"""The notices, whole, as people on IRC read them."""

from gerritbot_er.model import Notice
from gerritbot_er.settings import ChannelRule
from gerritbot_er.triage.notice_words import notices

from .worded import OCCASION, explained, traced, verdict


def test_notices_go_to_the_channels_whose_rules_fit() -> None:
    told = verdict(explained("unit-tests", "registry-rate-limit"), explained("docs", "registry-rate-limit"))
    channels = (
        ChannelRule(name="#all"),
        ChannelRule(name="#gate", pipelines=("gate",)),
        ChannelRule(name="#infra", categories=("infra",)),
        ChannelRule(name="#widgets", projects=("example/*",)),
    )
    text = (
        "example/widgets 4711,3 (check): unit-tests, docs failed: the image registry refused the pull (rate limit)"
        " https://bugs.example.org/browse/CI-42 - https://review.example.org/c/example/widgets/+/4711"
    )
    found = notices(told, told.bugs, OCCASION, channels)
    assert found == (Notice("#all", text), Notice("#widgets", text))


def test_a_notice_says_what_was_captured_where_that_is_short() -> None:
    def told(*captured: tuple[str, str]) -> str:
        found = verdict(traced("unit-tests", captured=captured))
        (notice,) = notices(found, found.bugs, OCCASION, (ChannelRule(name="#all"),))
        return notice.text.removeprefix("example/widgets 4711,3 (check): unit-tests failed: ").removesuffix(
            " - https://review.example.org/c/example/widgets/+/4711"
        )

    bug = "the image registry refused the pull (rate limit) https://bugs.example.org/browse/CI-42"
    assert told(("image", "docker.io/library/redis")) == f"{bug} (image: docker.io/library/redis)"
    assert told(("image", "x" * 90)) == bug
    assert told(("image", "https://evil.example.net")) == bug


def test_a_notice_about_a_report_without_jobs_names_the_run() -> None:
    told = verdict(explained("", "own-fault"))
    (notice,) = notices(told, told.bugs, OCCASION, (ChannelRule(name="#all"),))
    assert notice.text.startswith("example/widgets 4711,3 (check): The CI run failed: ")


def test_a_private_change_has_no_notice() -> None:
    told = verdict(explained("docs", "own-fault"), private=True)
    assert notices(told, told.bugs, OCCASION, (ChannelRule(name="#all"),)) == ()
