"""Lucene queries as Elasticsearch's query_string means them: parsed, and evaluated over log documents without a server.

``parse`` reads the text, ``compile_query`` makes a Matcher of it for one preset of fields, and an AnalysedDocument
lets many matchers share the analysis of one document.
"""

from .evaluate import Matcher, compile_query
from .fields import LOGSTASH_LEGACY, OPENDEV, PRESETS, AnalysedDocument, FieldPreset
from .matcher_set import MatcherSet
from .parser import parse
from .query_error import QueryError
from .syntax import Query

__all__ = [
    "LOGSTASH_LEGACY",
    "OPENDEV",
    "PRESETS",
    "AnalysedDocument",
    "FieldPreset",
    "Matcher",
    "MatcherSet",
    "Query",
    "QueryError",
    "compile_query",
    "parse",
]
