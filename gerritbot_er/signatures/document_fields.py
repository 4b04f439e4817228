"""The fields that log documents have, and had, by their names.

Source: ci-log-processing's documents of today and logstash's up to 2021 (peer facts: "Log documents").
"""

EVERYWHERE = frozenset(
    {"@timestamp", "message", "filename", "tags", "build_uuid", "build_status", "build_change", "voting", "project"}
    | {"build_patchset", "build_name", "build_queue", "build_branch", "build_ref", "log_url"}
)
"""Those of every log store today."""

CLUSTER = frozenset(
    {"build_newrev", "build_set", "tenant", "change_url", "build_node", "node_provider", "zuul_executor", "hosts_id"}
    | {"hosts_region", "test_name", "test_duration", "test_status"}
)
"""Those that only a cluster's documents have."""

LEGACY = frozenset(
    {"loglevel", "module", "pid", "type", "host", "received_at", "build_short_uuid", "build_master", "build_zuul_url"}
    | {"error_pr", "@version", "@message", "syslog_host", "syslog_program", "syslog_timestamp", "thread_id"}
)
"""Those that documents had until 2021 beside today's."""

OF_THE_LINE = frozenset({"loglevel", "module", "syslog_host", "syslog_program"})
"""Of these, what was cut off the beginning of a line: today it stands in the message."""
