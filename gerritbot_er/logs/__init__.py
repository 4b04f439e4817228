"""Logs: where a failed build's log lines are searched, in a cluster or without any server."""
