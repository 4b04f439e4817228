"""The comments of the sandbox CI on a change: Zuul's and the Jenkins Gerrit Trigger's, by a formatter of its own."""

from collections.abc import Sequence

from gerritbot_er.sandbox.ci_builds import Build, Buildset, JenkinsBuild

_ADVICE = (
    "  For information on how to proceed, see\n"
    "https://docs.opendev.org/opendev/infra-manual/latest/developers.html#automated-testing"
)


def zuul(buildset: Buildset, web_root: str) -> str:
    """Zuul's result comment with OpenDev's failure message; ``web_root`` without a slash at the end."""
    if buildset.result == "FAILURE":
        opening = f"Build failed ({buildset.pipeline} pipeline).{_ADVICE}"
    else:
        opening = f"Build succeeded ({buildset.pipeline} pipeline)."
    root = f"{web_root}/t/{buildset.tenant}"
    lines = [zuul_job_line(build, f"{root}/build/{build.uuid}") for build in buildset.builds if build.final]
    return "\n".join([opening, "", f"{root}/buildset/{buildset.uuid}", "", *lines, ""])


def zuul_job_line(build: Build, url: str) -> str:
    """``- name url : RESULT[ detail][ in elapsed][ (non-voting)]``; builds that never ran have no elapsed time."""
    detail = f" {build.error_detail}" if build.error_detail else ""
    ran = "" if build.result == "SKIPPED" else f" in {elapsed(build.duration)}"
    return f"- {build.job} {url} : {build.result}{detail}{ran}{'' if build.voting else ' (non-voting)'}"


def jenkins(builds: Sequence[JenkinsBuild]) -> str:
    """The Gerrit Trigger's result comment: a word for the worst result, then a paragraph for each build."""
    results = {build.result for build in builds}
    worst = [("FAILURE", "Failed"), ("ABORTED", "Aborted"), ("UNSTABLE", "Unstable"), ("NOT_BUILT", "Failed")]
    word = next((word for result, word in worst if result in results), "Successful")
    paragraphs = [f"Build {word} "]
    for build in builds:
        text = f" <<<\n{build.failure_text}\n>>>" if build.failure_text else ""
        paragraphs.append(f"{build.url} : {build.result}{text}")
        if build.description:
            paragraphs.append(f"{build.description} ( {build.url} )")
    return "\n\n".join(paragraphs)


def elapsed(seconds: float) -> str:
    """``5s``, ``4m 05s`` or ``1h 02m 03s``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02d}m {rest:02d}s"
    return f"{minutes}m {rest:02d}s" if minutes else f"{rest}s"
