"""The life of a server that is one process, with its files in a folder of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .processes import Process, new_folder, remove_folder


class OneProcess(ABC):
    """``folder`` goes with it; ``_process`` is there from the first start on."""

    def __init__(self, name: str) -> None:
        self.folder = new_folder(name)
        self._process: Process | None = None

    @abstractmethod
    def start(self) -> None:
        """Start it, always on the same ports; returns when it answers."""

    def stop(self) -> None:
        """Stop it in order; what it was told stays."""
        self.process.stop()

    def kill(self) -> None:
        self.process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing is answered."""
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def close(self) -> None:
        """Stop it and remove its files."""
        if self._process is not None:
            self._process.stop()
        remove_folder(self.folder)

    @property
    def process(self) -> Process:
        assert self._process is not None, "call start() first"
        return self._process
