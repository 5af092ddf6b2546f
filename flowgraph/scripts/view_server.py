"""The server of `flowgraph view`: one page, on loopback, for the browser of this machine.

A page elsewhere must not read it: a name that was made to mean this machine (DNS rebinding) is
known by the Host header, which has to be ours; other pages may not frame or embed it.
"""

from __future__ import annotations

import secrets
import threading
import webbrowser
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flowgraph.viz.interactive import page

ADDRESS = "127.0.0.1"
_HOSTS = ("127.0.0.1", "localhost")


class Server(ThreadingHTTPServer):
    """Serves one view.

    Args:
      make: gives the view; it is called for each request, so that a reload shows what is new.
      port: 0 for a free one.

    Raises:
      OSError: the port is taken or not allowed.
    """

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, make: Callable[[], Any], port: int = 0) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.make = make
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server_address[1]}/"

    def hosts(self) -> set[str]:
        """The Host headers of requests that are meant for this server."""
        port = self.server_address[1]
        return {f"{name}:{port}" for name in _HOSTS} | (set(_HOSTS) if port == 80 else set())


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "flowgraph"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Gives the page at "/"; nothing else is here."""
        if self.headers.get_all("Host", []) not in ([host] for host in self.server.hosts()):
            self._send(HTTPStatus.FORBIDDEN, b"this server is for this machine only\n")
        elif self.path.partition("?")[0] != "/":
            self._send(HTTPStatus.NOT_FOUND, b"there is nothing but /\n")
        else:
            self._send_page()

    do_HEAD = do_GET

    def _send_page(self) -> None:
        nonce = secrets.token_urlsafe(16)
        try:
            with self.server.lock:
                view = self.server.make()
            text = page.whole(view.panes, view.title, view.picture, nonce)
        except Exception as error:
            told = f"no view: {error}\n".encode("utf-8", "replace")
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, told)
            return
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self._send(HTTPStatus.OK, text.encode("utf-8"), "text/html", policy)

    def _send(
        self, status: HTTPStatus, body: bytes, kind: str = "text/plain",
        policy: str = "default-src 'none'",
    ) -> None:  # fmt: skip
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body))),
            ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"), ("Cache-Control", "no-store"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the command's output is the address."""


def serve(server: Server, opens_browser: bool) -> None:
    """Serves until Ctrl-C."""
    print(f"{server.url} (Ctrl-C ends)", flush=True)
    if opens_browser:
        threading.Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
