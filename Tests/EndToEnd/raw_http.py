"""HTTP by hand, for requests that no client would send and answers judged to the letter."""

from __future__ import annotations

import json
import socket
import ssl
import time
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} is repeated: {values}"
        return values[0] if values else None


class Connection:
    """One connection, kept until the other side or the test closes it."""

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        source: str | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: float = 20,
    ):
        origin = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), timeout=timeout, source_address=origin)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def request(
        self,
        method: str,
        path: str,
        headers: list[tuple[str, str]] | dict[str, str] = (),
        body: bytes | None = None,
        *,
        framed: bool = True,
    ) -> Answer:
        """Sends a whole request and reads its answer; `framed` adds the Content-Length of a body."""
        self.send(
            head(method, path, headers, length=len(body) if body is not None and framed else None) + (body or b"")
        )
        return self.answer(method)

    def await_continue(self) -> None:
        """Waits for `100 Continue`."""
        top = self._until(b"\r\n\r\n")
        assert top.startswith(b"HTTP/1.1 100 "), top

    def answer(self, method: str = "POST") -> Answer:
        top = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(top[0].split(" ")[1])
        headers = [tuple(line.split(": ", 1)) for line in top[1:] if line]
        lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
        if status == 100:
            return self.answer(method)
        body = self._take(lengths[0]) if lengths and method != "HEAD" else b""
        return Answer(status, headers, body)

    def is_closed(self, within: float = 20) -> bool:
        """Whether the other side closes, with nothing more to say, in time."""
        deadline = time.monotonic() + within
        while True:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                return False
            except OSError:
                return True
            if not more:
                return True
            self.buffer += more

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError(f"closed in the middle of an answer: {self.buffer!r}")
            self.buffer += more
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed in the middle of a body")
            self.buffer += more
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found


def head(
    method: str, path: str, headers: list[tuple[str, str]] | dict[str, str] = (), *, length: int | None = None
) -> bytes:
    """A request's head, with the Host and perhaps the Content-Length added."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in pairs]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def check_headers(answer: Answer) -> None:
    """Every answer of ours is JSON, is not stored, and does not say what answers."""
    assert answer.header("content-type").split(";")[0] == "application/json"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cache-control") == "no-store"
    assert answer.header("server") is None
    json.loads(answer.body)


def is_kept(connection: Connection) -> bool:
    """Whether the connection takes another request."""
    return connection.request("GET", "/healthz").status == 200
