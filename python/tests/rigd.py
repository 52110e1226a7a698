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
