"""Chat: what is said on IRC, and the connection it is said through."""
