"""What the assistants of developers may ask: why a job failed, which bugs are known, what nobody has explained yet."""
