"""The sandbox: a Gerrit, a CI with logs and an IRC server in one process, for the demo and the tests.

It imports nothing of the package outside this folder, so that no parser of ours is tried on our own formatter.
"""
