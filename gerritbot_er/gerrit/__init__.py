"""Gerrit over SSH: its events, its record of what was said, and our comments."""
