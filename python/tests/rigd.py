"""A rigd of its own for a test, and a client of it that knows nothing but sockets and JSON."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("rigd", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(str(self._path))


class Rigd:
    def __init__(self, rig: str, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.program = Path(rig).with_name("rigd")
        self.socket = folder / "rigd.sock"
        self.runs = folder / "runs"
        self.log = folder / "rigd.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [str(self.program), "--socket", str(self.socket), "--runs", str(self.runs), *options],
                cwd=folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "PUMPRIG_DATA": str(Path(__file__).resolve().parents[2])},
            )
        while "serves" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(30) == 0, self.log.read_text()

    def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole JSON-RPC answer."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("POST", "/rpc", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}))
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()

    def call(self, method: str, **params: object) -> dict[str, Any]:
        answer = self.ask(method, params)
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def get(self, target: str) -> int:
        """The status of a GET."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", target)
            return connection.getresponse().status
        finally:
            connection.close()

    def follow(self, job: str) -> list[tuple[int, str, dict[str, Any]]]:
        """Number, kind and data of every event of a job, to its end."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", f"/events?run={job}")
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        return [event_of(block) for block in text.split("\n\n") if block and not block.startswith(":")]


def event_of(block: str) -> tuple[int, str, dict[str, Any]]:
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    return int(fields["id"]), fields["event"], json.loads(fields["data"])


class WebSocket:
    """A client as RFC 6455 has it: no extensions, no fragments."""

    def __init__(self, connection: socket.socket, target: str, *headers: str) -> None:
        self._socket = connection
        self._rest = b""
        lines = [f"GET {target} HTTP/1.1", "Host: rigd", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._rest:
            piece = self._socket.recv(65536)
            if not piece:
                break
            self._rest += piece
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        self.head = head.decode()
        # The answer to that key, from section 1.3 of the RFC.
        self.accepted = self.head.startswith("HTTP/1.1 101") and "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in self.head

    def _send_frame(self, kind: int, data: bytes) -> None:
        mask = os.urandom(4)
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2) if size < 65536 else b"\xff" + size.to_bytes(8)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._socket.sendall(bytes([0x80 | kind]) + length + mask + masked)

    def announce(self, size: int) -> None:
        """The head of a message that does not follow."""
        self._socket.sendall(b"\x81\xff" + size.to_bytes(8) + b"mask")

    def send(self, message: object) -> None:
        self._send_frame(1, json.dumps(message).encode())

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            piece = self._socket.recv(65536)
            assert piece, "the connection broke off"
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def receive(self) -> Any:  # noqa: ANN401 (a message is whatever JSON the far end sends)
        """The next message, or the code with which the far end closes."""
        while True:
            kind, size = self._take(2)
            size = int.from_bytes(self._take(2)) if size == 126 else int.from_bytes(self._take(8)) if size == 127 else size
            data = self._take(size)
            if kind & 0xF == 1:
                return json.loads(data)
            if kind & 0xF == 8:
                self._send_frame(8, data)
                return int.from_bytes(data[:2])
            self._send_frame(10, data)  # a ping

    def close(self) -> None:
        self._socket.close()
