"""The real servers that the system tests talk to: fetched when asked, on free loopback ports, always stopped."""
