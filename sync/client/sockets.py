"""The sockets under `requests`: trusted as the system says, and cut from another thread when it must end now.

Closing a response from another thread waits until its read ends. Shutting the socket down ends the read at once.
"""

import contextlib
import socket
import ssl
import threading
from typing import Any

import truststore
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class OpenSockets:
    """Handles on the sockets of one session, so that whoever waits for them can be freed.

    The handles are copies: they stay valid while TLS wraps a socket, and never hit a number that was given anew. A
    connection that is closed may still be read from by its last answer, so handles go after a call, not before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: dict[HTTPConnection, socket.socket] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it is over for good."""
        return self._closed

    def add(self, owner: HTTPConnection, sock: socket.socket) -> None:
        """Know the new socket of a connection; it is cut at once when it is over."""
        with self._lock:
            old = self._handles.pop(owner, None)
            if old is not None:
                old.close()
            handle = self._handles[owner] = sock.dup()
            if self._closed:
                _cut(handle)

    def cut(self) -> None:
        """End what is read or written now; whoever does it gets an error."""
        with self._lock:
            for handle in self._handles.values():
                _cut(handle)

    def close(self) -> None:
        """End what is read or written, now and ever."""
        self._closed = True
        self.cut()

    def settle(self) -> None:
        """Let go of connections that were closed, and of all when it is over. For when no answer is being read."""
        with self._lock:
            for owner in [owner for owner in self._handles if self._closed or owner.sock is None]:
                self._handles.pop(owner).close()


class SystemTrustAdapter(HTTPAdapter):
    """Trusts the certificates that the system trusts, never tries twice, and tells `sockets` of each connection."""

    def __init__(self, sockets: OpenSockets) -> None:
        self._pools = _pools(sockets)
        self._context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Make the pools of connections through a proxy."""
        proxy_kwargs.setdefault("ssl_context", self._context)
        proxy_kwargs.setdefault("proxy_ssl_context", self._context)
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the decision to the context: no bundle that came with a package is trusted beside the system."""
        conn.cert_reqs = "CERT_REQUIRED"


def _pools(sockets: OpenSockets) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            sock = super()._new_conn()
            sockets.add(self, sock)
            return sock

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            sock = super()._new_conn()
            sockets.add(self, sock)
            return sock

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _cut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it ended by itself
        handle.shutdown(socket.SHUT_RDWR)
