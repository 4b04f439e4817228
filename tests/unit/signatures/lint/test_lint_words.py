"""Lint: words, quotes and patterns that mean something else than they seem to."""

import pytest

from .remarked import query, told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'query: >-\n  message:"x" AND\n    tags:screen-n-cpu.txt\n',
            [
                (
                    "3:5 warning[unquoted] without quotes any one of its words is enough (screen, n, cpu.txt); "
                    "put it in "
                    'quotes | tags:"screen-n-cpu.txt"'
                )
            ],
        ),
        (
            "query: disk is nearly quite full\n",
            [
                (
                    "1:8 warning[unquoted] without quotes any one of its words is enough (disk, is, nearly, quite …); "
                    'put it in quotes | "disk is nearly quite full"'
                )
            ],
        ),
        (
            "query: message:No space left\n",
            [
                (
                    "1:8 warning[unquoted] without quotes any one of these words is enough (No, space, left); put them "
                    'in quotes | message:"No space left"'
                )
            ],
        ),
        (
            "query: message:'No space left' OR (\u201cdisk quota\u201d) OR message:'full'\n",
            [
                (
                    '1:8 warning[unquoted] these quotes make no phrase, each word is looked for alone; write " | '
                    'message:"No space left"'
                ),
                (
                    '1:36 warning[unquoted] these quotes make no phrase, each word is looked for alone; write " | '
                    '"disk quota"'
                ),
            ],
        ),
        (
            'query: message:"x" and message:"y"\n',
            [
                (
                    '1:20 warning[small-operator] "and" in small letters is a word to look for, any line with it is '
                    "matched; write it in capitals | AND"
                )
            ],
        ),
        (
            'query: message:"Failed to plug vif*"\n',
            [
                (
                    "1:8 warning[pattern-in-quotes] within quotes * is no pattern but left out of the search; "
                    "write the "
                    "words alone, or several clauses"
                )
            ],
        ),
        (
            'query: message:"failed\\nNo match"\n',
            [
                (
                    '1:23 warning[escaped-letter] \\n is the letter n to Lucene, not a newline, so that "nNo" '
                    "is looked "
                    "for; take it out | "
                )
            ],
        ),
        (
            'query: message:"x" AND filename:logs*screen-n-cpu.txt\n',
            [
                (
                    "1:24 error[pattern-over-words] a pattern is compared with single words here, and no word "
                    'has "-" in '
                    "it: nothing is matched; compare it with the whole value "
                    '| filename:"screen-n-cpu.txt"'
                )
            ],
        ),
        (
            'query: message:"x" AND tags:*screen-n*\n',
            [
                (
                    "1:24 error[pattern-over-words] a pattern is compared with single words here, and no word "
                    'has "-" in '
                    "it: nothing is matched; compare it with the whole value | tags.keyword:*screen-n*"
                )
            ],
        ),
        (
            "query: message:/Timed out.*/\n",
            [
                (
                    "1:8 error[capitals-in-regexp] words are in small letters and this expression is not: nothing is "
                    "matched; write it in small letters | message:/timed out.*/"
                )
            ],
        ),
        (
            "query: message:/timed out.*/\n",
            [
                (
                    "1:8 error[pattern-over-words] an expression is compared with single words here, and no word has a "
                    "blank in it: nothing is matched; look for a phrase"
                )
            ],
        ),
        (
            "query: message:x AND (project:openstack/cinder OR project:openstack/nova)\n",
            [
                (
                    "1:23 error[slash] this slash opens a regular expression that reaches up to the next "
                    "slash, over all "
                    'between them; quote the value | project:"openstack/cinder"'
                ),
            ],
        ),
    ],
)
def test_words_that_mean_something_else(text: str, said: list[str]) -> None:
    assert [one for one in told(text) if "hint" not in one][: len(said)] == said


@pytest.mark.parametrize(
    "text",
    [
        'message:"x y" AND tags:"console"',
        'message:("a b" OR "c d") AND (tags:"console" OR filename:"x.log")',
        'message:(+"[ERROR]" +"no valid host")',
        'message:("a b" NOT "c")',
        'message:"a b" AND NOT message:"c"',
        'message:"what happened?" AND message:"*** a ***"',
        'message:"SELECT * FROM" AND message:"f(**kwargs)"',
        "message:disk*",
        'message:"a b" AND build_name.keyword:*-full-*',
        'message:"C:\\\\new" OR message:"say \\"no\\""',
        'message:"a b" AND build_uuid:abc*',
        "message:/timed.*/ AND message:foo~1",
        'filename:"custom-job-results.txt" AND message:"NODE_FAILURE"',
        'message:"not found and gone"',
        'message:"a" AND @timestamp:[2026-01-01 TO 2026-02-01]',
    ],
)
def test_what_is_right_is_let_alone(text: str) -> None:
    assert query(text) == []
