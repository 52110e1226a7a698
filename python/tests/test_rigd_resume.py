"""A stream that breaks off is taken up after the last event that came: nothing is lost, nothing comes twice."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rigd import Rigd

import pumprig


class CuttingProxy:
    """Hands connections on to rigd, and cuts each event stream after so many bytes: first few, then ever more."""

    def __init__(self, path: Path, to: Path) -> None:
        self.path = path
        self.cuts = 0
        self._to = to
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept)
        self._handlers: list[threading.Thread] = []
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._handlers.append(threading.Thread(target=self._serve, args=(client,)))
                self._handlers[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(str(self._to))
            request = client.recv(65536)
            server.sendall(request)
            allowance = 3000 * (self.cuts + 1) if request.startswith(b"GET /events") else 1 << 30
            while allowance > 0:
                ready, _, _ = select.select([client, server], [], [])
                if client in ready:
                    piece = client.recv(65536)
                    if not piece:
                        return
                    server.sendall(piece)
                if server in ready:
                    piece = server.recv(min(4096, allowance))
                    if not piece:
                        return
                    client.sendall(piece)
                    allowance -= len(piece)
            self.cuts += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for handler in self._handlers:
            handler.join()


@pytest.fixture
def daemon(rig: str, tmp_path: Path) -> Iterator[Rigd]:
    running = Rigd(rig, tmp_path / "daemon")
    yield running
    running.stop()


@pytest.fixture
def proxy(daemon: Rigd, tmp_path: Path) -> Iterator[CuttingProxy]:
    running = CuttingProxy(tmp_path / "proxy.sock", daemon.socket)
    yield running
    running.close()


def test_a_python_client_misses_nothing(daemon: Rigd, proxy: CuttingProxy) -> None:
    job = pumprig.connect(proxy.path).submit("basal_accuracy")
    seen = [(event["number"], event["event"], event["data"]) for event in job.events()]
    assert proxy.cuts > 2
    assert seen == daemon.follow("job-1")


def test_rig_run_comes_to_the_same_end(rig: str, daemon: Rigd, proxy: CuttingProxy, tmp_path: Path) -> None:
    environment = {**os.environ, "PUMPRIG_SOCKET": str(proxy.path)}
    words = ["run", "basal_accuracy", "--out", str(tmp_path / "runs"), "--json"]
    through = subprocess.run([rig, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert through.returncode == 0, through.stderr
    assert proxy.cuts > 2
    last = daemon.follow("job-1")[-1][2]
    assert json.loads(through.stdout)["runs"] == [last["report"]]
    assert through.stderr.count("on bench") == 1  # begun once, however often the stream began
