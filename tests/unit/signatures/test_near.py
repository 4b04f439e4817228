"""The weaker forms of signatures, which tell what a build lacks that nearly matched."""

import pytest

from gerritbot_er.model import Compound, Signature, Within
from gerritbot_er.signatures.lucene import OPENDEV, parse
from gerritbot_er.signatures.near import weaker


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ('message:"No space" AND tags:"console"', [('(message:"No space")', 'tags:"console" is not in it')]),
        ("disk AND full", [("(full)", "disk is not in it"), ("(disk)", "full is not in it")]),
        (
            '(message:"a" AND (b OR c)) NOT "d"',
            [
                ('(message:"a") AND ((b OR c))', '"d" is in it, and is excluded'),
                ('((b OR c)) AND NOT ("d")', 'message:"a" is not in it'),
                ('(message:"a") AND NOT ("d")', "(b OR c) is not in it"),
            ],
        ),
        (
            '+"x y" +filename:"f.log" -tags:z',
            [
                ('("x y") AND (filename:"f.log")', "tags:z is in it, and is excluded"),
                ('("x y") AND NOT (tags:z)', 'filename:"f.log" is not in it'),
            ],
        ),
        (
            '(ReadTimeoutError OR "reset by peer") AND (simple OR pypi)',
            [('((ReadTimeoutError OR "reset by peer"))', "(simple OR pypi) is not in it")],
        ),
        ("a OR b", []),
        ("a", []),
        ("tags:x AND filename:y", []),
        ("", []),
        ('message:"', []),
    ],
)
def test_a_query_without_one_clause(query: str, forms: list[tuple[str, str]]) -> None:
    found = weaker(Signature("n", query), OPENDEV)
    assert [(one.signature.query, one.lacks) for one in found] == forms
    assert len({one.signature.name for one in found}) == len(found)
    for text, _ in forms:
        parse(text)


def test_a_compound_without_one_condition() -> None:
    compound = Compound(("a", "b"), ("c",), ("d", "e"), Within(seconds=5), ("file",), ordered=True)
    assert [one.lacks for one in weaker(Signature("n", compound=compound), OPENDEV)] == [
        "a line that must not be there is there: d or e",
        "nothing shows that the lines are within 5 s",
        "nothing shows that the lines are in this order",
        "the lines are not all of the same file",
        "no line that belongs to these has a",
        "no line that belongs to these has b",
        "no line that belongs to these has c",
    ]
    assert weaker(Signature("n", compound=Compound(("a",))), OPENDEV) == []
