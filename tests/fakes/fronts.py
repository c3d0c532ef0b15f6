"""A proxy as a host has it in front of the blog: TLS outside, plain HTTP and its word inside."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@contextmanager
def proxy(port: int, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a proxy for the blog at `port`; with `tls` it is reached by https."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            inside = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            told = dict(self.headers.items())
            told["X-Forwarded-For"] = self.client_address[0]
            told["X-Forwarded-Proto"] = "https" if tls else "http"
            length = int(self.headers.get("Content-Length") or 0)
            inside.request(self.command, self.path, self.rfile.read(length), told)
            response = inside.getresponse()
            body = response.read()
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            inside.close()

        do_GET = do_HEAD = do_POST = do_OPTIONS = answer  # noqa: N815 # http.server's names

        def log_message(self, *args: object) -> None:
            """Said nowhere: what came in is for the tests to ask."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
