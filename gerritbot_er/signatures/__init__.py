"""Signatures: what known bugs look like in logs; their files, their query language, their matching.  Pure."""
