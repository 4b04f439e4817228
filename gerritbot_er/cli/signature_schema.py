"""``signature schema``: the JSON Schema of signature files."""

import json

import click

from gerritbot_er.signatures.schema import signature_schema


@click.command(epilog="\b\nExample: gerritbot-er signature schema > signature.schema.json")
def schema() -> None:
    """Print the JSON Schema of signature files.

    With it editors complete keys, show what they are for, and mark what is wrong.
    """
    click.echo(json.dumps(signature_schema(), indent=2, ensure_ascii=False))
