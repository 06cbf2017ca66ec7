"""Systems outside, on this machine: an HTTP server that answers as told, a mail server that takes everything."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.data)


@dataclass
class Website:
    """``answers`` are given in turn, the last for ever: (status, body). ``requests`` is what arrived."""

    url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"{}")])
    requests: list[Request] = field(default_factory=list)

    def say(self, *answers: tuple[int, Any]) -> None:
        self.answers = [(status, body if isinstance(body, bytes) else orjson.dumps(body)) for status, body in answers]


@contextmanager
def serve_http() -> Iterator[Website]:
    """A website for the length of the block."""
    site = Website()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            site.requests.append(Request(self.path, dict(self.headers.items()), data))
            status, body = site.answers.pop(0) if len(site.answers) > 1 else site.answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        with _running(server):
            yield site


@dataclass
class Mailbox:
    """What a mail server was told: its envelope commands, the mails, and what it refuses with at ``RCPT``."""

    port: int = 0
    commands: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    refuses: str = ""


@contextmanager
def serve_smtp() -> Iterator[Mailbox]:
    """A mail server for the length of the block."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                command = line.decode().strip()
                box.commands.append(command)
                verb = command.split(" ")[0].upper()
                if verb == "DATA":
                    self._say("354 go on")
                    box.mails.append(self._read_mail())
                    self._say("250 taken")
                elif verb == "RCPT" and box.refuses:
                    self._say(box.refuses)
                elif verb == "AUTH":
                    self._say("235 welcome")
                elif verb == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250-here\r\n250 AUTH PLAIN" if verb == "EHLO" else "250 well")

        def _read_mail(self) -> str:
            lines = []
            while (line := self.rfile.readline().decode()) != ".\r\n":
                lines.append(line)
            return "".join(lines)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        box.port = server.server_address[1]
        with _running(server):
            yield box


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
