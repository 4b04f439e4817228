"""A TLS server that lets whoever trusts its certificate in, and keeps what is said to it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .certificates import Certificate


class TlsListener:
    """Listens on loopback; ``heard`` is what came after a handshake that the client did not break off."""

    def __init__(self, made: Certificate) -> None:
        self.heard: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(made.certificate, made.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, suppress(OSError), self._context.wrap_socket(client, server_side=True) as trusted:
                if data := trusted.recv(4096):
                    self.heard.append(data)


@contextmanager
def tls_listener(made: Certificate) -> Iterator[TlsListener]:
    listener = TlsListener(made)
    try:
        yield listener
    finally:
        listener.close()
