"""The pages: a small read-only HTTP server for people and monitoring; it asks no peer and no cluster."""
