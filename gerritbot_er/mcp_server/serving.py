"""The tools over the Model Context Protocol, on stdin and stdout, until stdin is closed.

Facts about the package ``mcp`` (2.3): while it serves, it puts stderr in the place of stdout, so that nothing else gets
among the protocol; calls come at the same time, and are answered in threads here.
"""

import logging
from typing import Any

import anyio
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as WireTool

from gerritbot_er import __version__
from gerritbot_er.errors import GerritbotError

from .tool import Rooms, Tool, ToolResult
from .tools import INSTRUCTIONS, tools

AT_ONCE = 2
"""Calls that are answered at the same time; more wait."""

log = logging.getLogger(__name__)


def serve(rooms: Rooms) -> None:
    """Serve until stdin is closed."""
    anyio.run(_serve, rooms)


async def _serve(rooms: Rooms) -> None:
    server = _Tools(rooms).server()
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


class _Tools:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._tools = {one.name: one for one in tools()}
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    def server(self) -> Server[Any]:
        """The server of these tools, which has nothing else."""
        return Server(
            "gerritbot-er",
            version=__version__,
            title="Why CI failed",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        del context, params  # there are few
        return ListToolsResult(tools=[_on_the_wire(one) for one in self._tools.values()])

    async def _call(self, context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        del context
        tool = self._tools.get(params.name)
        if tool is None:
            return _refused(f"there is no such tool; there are {', '.join(self._tools)}")
        try:
            result = await anyio.to_thread.run_sync(self._run, tool, params.arguments or {}, limiter=self._limiter)
        except GerritbotError as error:
            return _refused(str(error))
        except Exception:
            log.exception("%s failed", tool.name)
            return _refused("the answer could not be made; what gerritbot-er mcp wrote to stderr says why")
        return CallToolResult(
            content=[TextContent(type="text", text=result.text)], structured_content=dict(result.structure)
        )

    def _run(self, tool: Tool, arguments: dict[str, Any]) -> ToolResult:
        with self._rooms() as room:
            return tool.run(room, arguments)


def _refused(why: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=why)], is_error=True)


def _on_the_wire(tool: Tool) -> WireTool:
    return WireTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=dict(tool.asked),
        output_schema=dict(tool.answers),
        annotations=ToolAnnotations(
            title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
