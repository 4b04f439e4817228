"""Bytes of others into everything that parses them."""
