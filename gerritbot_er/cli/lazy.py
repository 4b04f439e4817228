"""A group of commands of which each is imported when it is called, so that none waits for another's libraries."""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """``places`` tells where each command lies in this package, as "module:name", in the order of the help."""

    def __init__(self, *arguments: Any, places: Mapping[str, str], **options: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*arguments, **options)
        self._places = dict(places)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        place = self._places.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command: click.Command = getattr(importlib.import_module(f"gerritbot_er.cli.{module}"), name)
        return command
