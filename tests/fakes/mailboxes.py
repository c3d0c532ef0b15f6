"""Another site's mail server on loopback (RFC 5321, the part that a client needs)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Mailboxes:
    """What was delivered. While `is_stuck`, the server stops answering at `RCPT`, and says so by
    setting `reached`; addresses in `refuses` do not exist, and those in `postpones` are asked to
    come later.
    """

    port: int = 0
    messages: list[Message] = field(default_factory=list)
    is_stuck: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    refuses: set[str] = field(default_factory=set)
    postpones: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class _Session(socketserver.StreamRequestHandler):
    """One client's connection."""

    server: "_Server"

    def handle(self) -> None:
        self._say("220 fake.example")
        while line := self.rfile.readline():
            if not self._answer(line.decode().strip()):
                break

    def _answer(self, line: str) -> bool:
        verb = line[:4].upper()
        if verb == "RCPT":
            return self._recipient(line)
        if verb == "DATA":
            self._say("354 go on")
            self.server.boxes.messages.append(message_from_bytes(self._until_dot()))
        self._say({"QUIT": "221 bye"}.get(verb, "250 ok"))
        return verb != "QUIT"

    def _recipient(self, line: str) -> bool:
        boxes = self.server.boxes
        boxes.reached.set()
        if boxes.is_stuck:
            boxes.released.wait(30)
            return False
        if any(address in line for address in boxes.refuses):
            self._say("550 no such mailbox")
        elif any(address in line for address in boxes.postpones):
            self._say("450 come back later")
        else:
            self._say("250 ok")
        return True

    def _until_dot(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, boxes: Mailboxes) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.boxes = boxes
        boxes.port = self.server_address[1]


@contextmanager
def mailboxes() -> Iterator[Mailboxes]:
    """The server, up; gone afterwards."""
    boxes = Mailboxes()
    with _Server(boxes) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield boxes
        boxes.released.set()
        server.shutdown()
        thread.join()
