"""The ``signature`` commands: work on signature files, with no daemon and none of its files."""

import click

from .lazy import LazyGroup

_COMMANDS = {
    "lint": "signature_lint:lint_files",
    "match": "signature_match:match",
}


@click.command(
    cls=LazyGroup,
    places=_COMMANDS,
    epilog="\b\nExample: gerritbot-er signature match signatures --documents documents.ndjson",
)
def signature() -> None:
    """Work on signature files."""
