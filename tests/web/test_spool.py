"""Nothing that families send or receive stands on the disk in clear, not even for a moment."""

from __future__ import annotations

import hashlib
import io
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import waitress
from waitress.buffers import TempfileBasedBuffer

from engine.config import CODE_ROOT
from tests.web.open_files import MARK, nameless, wait_for
from web.access.policy import WITH_FILES
from web.server import make_server
from web.services import Services
from web.store.spool import IN_MEMORY, SealedSpool

BODY = MARK * (3 * IN_MEMORY // len(MARK))
PROGRAM = """
import hashlib, sys, waitress
if sys.argv[1] == "sealed":
    from web.server import seal_spools
    seal_spools()
def app(environ, start):
    body = environ["wsgi.input"].read()
    start("200 OK", [])
    return [hashlib.sha256(body).hexdigest().encode()] if environ["PATH_INFO"] == "/" else [body * 8]
server = waitress.create_server(app, host="127.0.0.1", port=0, threads=1)
print(server.effective_port, flush=True)
server.run()
"""


@pytest.mark.parametrize("seed", range(20))
def test_spool_gives_back_what_was_put_in(seed: int) -> None:
    rng, spool, plain = random.Random(seed), SealedSpool(), io.BytesIO()
    for _ in range(60):
        for file in (spool, plain):
            file.seek(0, io.SEEK_END)
        data = rng.randbytes(rng.choice([0, 1, 15, 16, 17, 4096, 60_000, 90_000]))
        assert spool.write(data) == plain.write(data)
        at, size = rng.randrange(plain.tell() + 1), rng.choice([0, 1, 16, 33, 100_000, -1])
        assert spool.seek(at) == plain.seek(at)
        assert spool.read(size) == plain.read(size)
        assert spool.tell() == plain.tell()
    assert spool.seek(0, io.SEEK_END) > IN_MEMORY


def test_spool_is_written_at_its_end_alone() -> None:
    spool = SealedSpool()
    spool.write(b"first")
    spool.seek(2)
    with pytest.raises(io.UnsupportedOperation):
        spool.write(b"over it")
    assert spool.tell() == 2
    spool.seek(0)
    assert spool.read() == b"first"


def test_same_bytes_never_look_the_same_twice() -> None:
    spools = [SealedSpool(), SealedSpool()]
    for spool in spools:
        spool.write(BODY)
    one, other = nameless()
    assert one != other
    assert MARK not in one


# -- the server ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sealed", "as it comes"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, int, bool]]:
    """Process, port, and whether its spools are sealed; the other proves that the look at the disk sees something."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, request.param], cwd=CODE_ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline()), request.param == "sealed"
    finally:
        process.kill()
        process.communicate()


def connect(port: int, path: str = "/") -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", port))
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    connected.sendall(head.encode())
    return connected


def read_answer(connected: socket.socket) -> bytes:
    with connected, connected.makefile("rb") as answer:
        return answer.read().partition(b"\r\n\r\n")[2]


def test_upload_on_its_way_is_sealed_and_leaves_nothing_when_cut_off(server: tuple[int, int, bool]) -> None:
    pid, port, is_sealed = server
    with connect(port) as connected:
        connected.sendall(BODY[: 2 * IN_MEMORY])
        wait_for(lambda: sum(map(len, nameless(pid))) >= 2 * IN_MEMORY)
        assert any(MARK in found for found in nameless(pid)) is not is_sealed
    wait_for(lambda: not list(nameless(pid)))


def test_upload_arrives_as_it_was_sent(server: tuple[int, int, bool]) -> None:
    connected = connect(server[1])
    connected.sendall(BODY)
    assert read_answer(connected).decode() == hashlib.sha256(BODY).hexdigest()


def test_answer_that_waits_for_a_slow_reader_is_sealed(server: tuple[int, int, bool]) -> None:
    pid, port, is_sealed = server
    connected = connect(port, "/slow")
    connected.sendall(BODY)
    wait_for(lambda: any(len(found) > len(BODY) for found in nameless(pid)))
    assert any(MARK in found for found in nameless(pid)) is not is_sealed
    assert read_answer(connected) == BODY * 8


def test_serve_seals_what_it_spools_and_takes_no_more_than_a_form_with_files(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own: Services = app.extensions["shenhou"]
    given: dict[str, Any] = {}
    monkeypatch.setattr(TempfileBasedBuffer, "newfile", TempfileBasedBuffer.newfile)  # put back afterwards
    monkeypatch.setattr(waitress, "create_server", lambda _app, **options: given.update(options))
    make_server(own)
    assert isinstance(TempfileBasedBuffer().getfile(), SealedSpool)
    assert given["max_request_body_size"] == WITH_FILES
