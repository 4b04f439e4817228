"""Figures as tables: in a mail nothing of a log, a job or a tracker is markup; on a terminal columns stay in place."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gerritbot_er.cli.sections import Column, Section, code, drawn, markdown, plain

SECTION = Section(
    "Known bugs",
    (Column("builds", number=True), Column("line", code=True, wide=True), Column("job", below=True)),
    (("12", "no space | left", "tox_py3"), ("3", "", "<b>")),
    lines=("15 builds failed.",),
    empty="None hit.",
    more="and 2 more",
)


def test_a_section_as_markdown() -> None:
    assert (
        markdown((SECTION, Section("Jobs", (Column("job"),), empty="None failed.")))
        == """\
## Known bugs

15 builds failed.

| builds | line | job |
| ---: | --- | --- |
| 12 | `no space \\| left` | tox\\_py3 |
| 3 |  | &lt;b&gt; |

and 2 more

## Jobs

None failed.
"""
    )


def test_a_section_on_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=40, highlight=False, markup=False)
    for part in drawn((SECTION, Section("Jobs", empty="None failed."))):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    assert [line.rstrip() for line in console.file.getvalue().splitlines()] == [
        "Known bugs",
        "15 builds failed.",
        "builds  line",
        "    12  no space | left",
        "        tox_py3",
        "     3",
        "        <b>",
        "and 2 more",
        "",
        "Jobs",
        "None failed.",
    ]


def test_words_of_others_are_no_markup() -> None:
    assert plain("a*b_c [x](y) <script> `z` #1 a|b") == "a\\*b\\_c \\[x\\](y) &lt;script&gt; \\`z\\` \\#1 a\\|b"
    assert plain("https://evil.example.com @all") == "https:\u200b//evil.example.com @\u200ball"
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60))
def test_a_cell_ends_where_it_should(text: str) -> None:
    for cell in (plain(text), code(text)):
        bars = [at for at, character in enumerate(cell) if character == "|"]
        assert all(at and cell[at - 1] == "\\" for at in bars)
        assert "\n" not in cell
