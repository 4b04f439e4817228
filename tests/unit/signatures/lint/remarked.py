"""What lint says, in a line for each finding."""

import json
from dataclasses import replace

from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lint.remarks import Finding
from gerritbot_er.signatures.lucene import OPENDEV, FieldPreset


def told(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    """What is found but for hints that something is missing."""
    return [said_of(finding) for finding in lint({"f.yaml": text}, fields) if finding.rule != "missing"]


def said_of(finding: Finding) -> str:
    mended = "" if finding.mended is None else f" | {finding.mended}"
    return f"{finding.line}:{finding.column} {finding.level}[{finding.rule}] {finding.message}{mended}"


def query(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    """Of a query between double quotes; what to write instead is told without their escapes."""
    found = lint({"f.yaml": f"query: {json.dumps(text)}\n"}, fields)
    read = (replace(one, mended=one.mended and one.mended.replace('\\"', '"')) for one in found)
    return [said_of(one) for one in read if one.rule != "missing"]


def rules(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    return [one.split("[")[1].split("]")[0] for one in query(text, fields)]


MISSING_AND = (
    "alone is enough here, with no AND between it and the message: every such line is matched; join them with AND"
)
