"""Lint: fields and values that the documents of an index do not have."""

import pytest

from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY

from .remarked import query, rules, told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'build_short_uuid:"3f0a3c8" AND "x"',
            (
                "warning[unknown-field] documents of today have the whole build_uuid alone; compare its beginning "
                "| build_uuid:3f0a3c8*"
            ),
        ),
        (
            'loglevel:"ERROR" AND "x y"',
            (
                "warning[unknown-field] documents of today have no loglevel: it stands in the message; look "
                "for it there "
                '| message:"ERROR"'
            ),
        ),
        (
            'build-name:"j" AND "x y"',
            (
                "warning[unknown-field] no document has build-name, so that this matches nothing; did you mean "
                'build_name? | build_name:"j"'
            ),
        ),
        (
            'error:"j" AND "x y"',
            (
                "warning[unknown-field] no document has error, so that this matches nothing; if it is text, put it "
                "in quotes"
            ),
        ),
        (
            'voting:1 AND "x y"',
            (
                "warning[voting] which builds vote is decided by the CI's report, never in the query; take it out (see "
                "allow-nonvoting) | "
            ),
        ),
        (
            'filename:"logs/screen-n-cpu.txt.gz" AND "x y"',
            (
                "warning[path-in-filename] documents of today have the file's bare name, without folders and "
                ".gz; leave "
                'them out | filename:"screen-n-cpu.txt"'
            ),
        ),
        (
            'filename:console.html AND "x y"',
            (
                "warning[old-console] the console of today is job-output.txt; the tag console finds it under any name "
                '| tags:"console"'
            ),
        ),
        (
            'tags:multiline AND "x y"',
            "warning[folded] documents of today are single lines, none is tagged multiline; take it out | ",
        ),
        (
            '"Traceback (most recent call last): File x"',
            (
                "warning[folded] this reaches over several lines, and documents of today are single lines: nothing is "
                "matched; write a query for each line under all_of, with same: file"
            ),
        ),
        (
            '"Traceback (most recent call last)" AND "KeyError: x"',
            (
                "warning[folded] no line of a traceback holds its first line as well, and documents of today "
                "are single "
                "lines: nothing is matched; write a query for each line under all_of, with same: file"
            ),
        ),
        (
            '"DEBUG nova.compute resumed"',
            (
                "warning[debug] DEBUG lines are left out of the logs that are searched: nothing is matched; look for "
                "another line"
            ),
        ),
        (
            'node_provider:"rax" AND "x y"',
            (
                "hint[cluster-only] only a cluster's documents have node_provider; with logs that are fetched, "
                "nothing is matched"
            ),
        ),
        (
            'build_queue:"gate" AND "x y"',
            (
                "hint[scope-in-query] the key pipelines says the same, exactly and before any log is read, and here "
                "names that only contain it are matched as well | pipelines: [gate]"
            ),
        ),
        (
            'build_name.keyword:*-py3 AND "x y"',
            None,
        ),
    ],
)
def test_what_does_not_fit_todays_documents(text: str, said: str | None) -> None:
    assert query(text) == ([f"1:9 {said}"] if said else [])


@pytest.mark.parametrize(
    "text",
    [
        'build_short_uuid:"3f0a3c8" AND "x"',
        'loglevel:"ERROR" AND module:nova.compute.manager AND "x y"',
        'filename:"logs/screen-n-cpu.txt" AND "x y"',
        'filename:logs*screen-n-cpu.txt AND "x y"',
        'tags:screen-n-cpu.txt AND "x y"',
        'filename:"console.html" AND "x y"',
        '"Traceback (most recent call last): File x"',
    ],
)
def test_what_fits_the_index_of_old(text: str) -> None:
    assert query(text, LOGSTASH_LEGACY) == []


def test_what_does_not_fit_the_index_of_old() -> None:
    assert query('filename:"screen-n-cpu.txt" AND "x y"', LOGSTASH_LEGACY) == [
        (
            "1:9 warning[bare-filename] file names have their folder before them on this index; write logs/ as well "
            '| filename:"logs/screen-n-cpu.txt"'
        )
    ]
    assert rules('node:"x" AND "x y"', LOGSTASH_LEGACY) == ["unknown-field"]


def test_a_signature_for_a_result_may_ask_for_the_file_alone() -> None:
    assert told('query: filename:"custom-job-results.txt"\nresults: NODE_FAILURE\n') == []
