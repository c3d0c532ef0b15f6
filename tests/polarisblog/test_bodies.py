"""Large, slow and dishonest request bodies, sent to the real server over real sockets."""

import socket
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.polarisblog.guarded import MAX_ADMIN_BYTES, MAX_BYTES
from tests.processes import Running, free_port, status_of, wait_until

CHUNK = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"


def server(application: str, folder: Path) -> Iterator[int]:
    port = free_port()
    command = (
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--http", "1", "--no-ws"),
        *("--port", port, application),
    )
    (folder / "tmp").mkdir()
    environment = {
        "DATA_DIR": folder / "data",
        "TMPDIR": folder / "tmp",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    with Running(command, environment, folder / "output.txt"):
        wait_until(lambda: status_of(port))
        yield port


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    yield from server("tests.polarisblog.guarded:application", tmp_path_factory.mktemp("guarded"))


def exchange(port: int, head: str, parts: Iterable[bytes] = ()) -> tuple[str, int]:
    """Send a request; what came back until the server closed, and how much body it took."""
    taken = 0
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(f"{head}\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        line.settimeout(0)
        answer = b""
        for part in parts:
            try:
                line.settimeout(5)
                line.sendall(part)
            except OSError:
                break
            taken += len(part)
        line.settimeout(20)
        try:
            while piece := line.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
    return answer.decode(errors="replace"), taken


def post(path: str, *headers: str) -> str:
    return "\r\n".join([f"POST {path} HTTP/1.1", *headers])


def test_an_ordinary_body_passes(guarded: int) -> None:
    head = post("/", f"Content-Length: {MAX_BYTES}", "Connection: close")
    answer, _ = exchange(guarded, head, [b"x" * MAX_BYTES])
    assert "200 OK" in answer
    assert f"read {MAX_BYTES}" in answer


def test_an_ordinary_chunked_body_passes(guarded: int) -> None:
    head = post("/", "Transfer-Encoding: chunked", "Connection: close")
    answer, _ = exchange(guarded, head, [CHUNK, CHUNK, b"0\r\n\r\n"])
    assert f"read {2 * 0x8000}" in answer


def test_whoever_sends_too_much_is_heard_out_and_told(guarded: int) -> None:
    """Not cut off: a browser would show a broken connection, and a proxy make a 502 of it."""
    for length in (MAX_BYTES + 1, MAX_ADMIN_BYTES):
        head = post("/", f"Content-Length: {length}")
        answer, taken = exchange(guarded, head, [b"x" * 4096] * (length // 4096 + 1))
        assert answer.startswith("HTTP/1.1 413")
        assert "This is too large" in answer
        assert taken >= length


@pytest.mark.parametrize(
    "headers",
    [
        [f"Content-Length: {MAX_ADMIN_BYTES + 1}"],
        [f"Content-Length: {MAX_BYTES + 1}", "Expect: 100-continue"],
        ["Content-Length: " + "9" * 19],
    ],
)
def test_far_too_much_is_refused_unread(guarded: int, headers: list[str]) -> None:
    begin = time.monotonic()
    answer, _ = exchange(guarded, post("/", *headers))
    assert answer.startswith("HTTP/1.1 413")
    assert "100 Continue" not in answer
    assert time.monotonic() - begin < 1


def test_uploads_below_admin_may_be_larger(guarded: int) -> None:
    head = post("/admin/", f"Content-Length: {MAX_ADMIN_BYTES}", "Connection: close")
    answer, _ = exchange(guarded, head, [b"x" * MAX_ADMIN_BYTES])
    assert f"read {MAX_ADMIN_BYTES}" in answer


def test_a_chunked_body_is_cut_off_once_it_is_too_large(guarded: int) -> None:
    answer, _ = exchange(guarded, post("/", "Transfer-Encoding: chunked"), [CHUNK] * 3)
    assert answer.startswith("HTTP/1.1 413")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "1, 2"])
def test_a_length_that_is_no_number_is_refused(guarded: int, length: str) -> None:
    answer, _ = exchange(guarded, post("/", f"Content-Length: {length}"))
    assert answer.startswith("HTTP/1.1 400")


def test_a_trickle_is_ended_at_the_deadline(guarded: int) -> None:
    def trickle() -> Iterator[bytes]:
        while True:
            time.sleep(0.1)  # the attack itself, not a wait for something
            yield b"x"

    begin = time.monotonic()
    answer, _ = exchange(guarded, post("/", "Content-Length: 1000"), islice(trickle(), 15))
    assert answer.startswith("HTTP/1.1 408")
    assert time.monotonic() - begin < 10


def test_a_refusal_carries_every_security_header_and_closes(guarded: int) -> None:
    answer, _ = exchange(guarded, post("/", f"Content-Length: {MAX_BYTES + 1}"))
    headers = answer.lower()
    assert "x-content-type-options: nosniff" in headers
    assert "content-security-policy: default-src 'none'" in headers
    assert "connection: close" in headers


def test_a_flood_fills_neither_memory_nor_disk(tmp_path: Path) -> None:
    for port in server("polarisblog.asgi:application", tmp_path):
        head = post("/accounts/login/", "Transfer-Encoding: chunked")
        answer, taken = exchange(port, head, (CHUNK for _ in range(4096)))
        assert not answer or answer.startswith("HTTP/1.1 413")
        # 128 MB were on offer; 3 MB are allowed, and the kernel's buffers hold some more.
        assert taken < 16 * 1024**2
        assert list((tmp_path / "tmp").iterdir()) == []
