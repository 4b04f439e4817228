"""The ``signature`` commands: work on signature files; all but ``stale`` with no daemon and none of its files."""

import click

from .lazy import LazyGroup

_COMMANDS = {
    "lint": "signature_lint:lint_files",
    "test": "signature_test:test_files",
    "new": "signature_new:new",
    "schema": "signature_schema:schema",
    "match": "signature_match:match",
    "import": "signature_import:import_files",
    "query": "signature_query:query",
    "backtest": "signature_backtest:backtest",
    "stale": "signature_stale:stale",
}


@click.command(
    cls=LazyGroup,
    places=_COMMANDS,
    epilog="\b\nExample: gerritbot-er signature match signatures --documents documents.ndjson",
)
def signature() -> None:
    """Work on signature files."""
