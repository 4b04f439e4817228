"""elastic-recheck's signature files brought over to an index of one document per line; pure."""
