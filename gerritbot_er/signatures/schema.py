"""The JSON Schema of signature files, made from the code that reads them, so that editors complete and check; pure.

What a schema cannot say (that a query can be parsed, that an expression is one) is left to ``signature lint``.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .file_format import SIGNATURE_FILE

DIALECT = GenerateJsonSchema.schema_dialect
"""Draft 2020-12."""

_IDLE_DEFAULTS: tuple[object, ...] = (None, "", [], {})


class _Generator(GenerateJsonSchema):
    """Titles are for forms; here they would only say each key's name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", ...) in _IDLE_DEFAULTS:
            del made["default"]
        return made


def signature_schema() -> dict[str, Any]:
    """The schema, with a description of every key."""
    made = SIGNATURE_FILE.json_schema(schema_generator=_Generator)
    made["$schema"] = DIALECT
    made["title"] = "gerritbot-er signature"
    made["anyOf"] = [{"required": [key]} for key in ("query", "all_of", "any_of")]
    made["properties"] = {key: _on_one_line(value) for key, value in made["properties"].items()}
    for part in made.get("$defs", {}).values():
        part.pop("title", None)
        _on_one_line(part)
    order = ("$schema", "title", "description", "type")
    return {key: made[key] for key in order} | {key: value for key, value in made.items() if key not in order}


def _on_one_line(part: dict[str, Any]) -> dict[str, Any]:
    if "description" in part:
        part["description"] = " ".join(part["description"].split())
    return part
