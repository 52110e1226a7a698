"""/ws of rigd takes the requests of /rpc and gives the events of /events."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rigd import Rigd, WebSocket

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def daemon(rig: str, tmp_path: Path) -> Iterator[Rigd]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    running = Rigd(
        rig,
        tmp_path / "daemon",
        "--tcp",
        "127.0.0.1:0",
        "--token-file",
        str(token),
        "--origin",
        "https://bench.example",
        "--origin",
        "null",
    )
    yield running
    running.stop()


class Clients:
    def __init__(self, daemon: Rigd) -> None:
        self._daemon = daemon
        self._opened: list[WebSocket] = []

    def _open(self, connection: socket.socket, target: str, *headers: str) -> WebSocket:
        connection.settimeout(60)
        self._opened.append(WebSocket(connection, target, *headers))
        return self._opened[-1]

    def unix(self, target: str, *headers: str) -> WebSocket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._daemon.socket))
        return self._open(connection, target, *headers)

    def tcp(self, *headers: str) -> WebSocket:
        port = re.search(r"TCP port (\d+)", self._daemon.log.read_text())
        assert port
        return self._open(socket.create_connection(("127.0.0.1", int(port[1]))), "/ws", *headers)

    def close(self) -> None:
        for client in self._opened:
            client.close()


@pytest.fixture
def clients(daemon: Rigd) -> Iterator[Clients]:
    opened = Clients(daemon)
    yield opened
    opened.close()


def test_requests_and_events_share_a_connection(daemon: Rigd, clients: Clients) -> None:
    client = clients.unix("/ws")
    assert client.accepted, client.head
    client.send({"jsonrpc": "2.0", "id": "a", "method": "bench.info"})
    answer = client.receive()
    assert (answer["id"], answer["result"]["kind"]) == ("a", "virtual")
    client.send({"jsonrpc": "2.0", "method": "bench.info"})  # without an id there is no answer
    client.send([{"jsonrpc": "2.0", "id": 1, "method": "run.submit", "params": {"scenario": "stop_means_stop"}}, 5])
    events: list[tuple[int, str, Any]] = []
    answers: list[Any] = []
    while not events or events[-1][2].get("state") != "finished":
        message = client.receive()
        if isinstance(message, dict) and message.get("method") == "event":
            assert "id" not in message
            params = message["params"]
            events.append((params["number"], params["event"], params["data"]))
        else:
            answers.append(message)
    assert len(answers) == 1
    assert answers[0][0]["result"]["job"] == "job-1"
    assert answers[0][1]["error"]["code"] == -32600
    assert events == daemon.follow("job-1")


def test_a_subscription_to_one_job_resumes_and_is_closed_with_it(daemon: Rigd, clients: Clients) -> None:
    daemon.call("run.submit", scenario="stop_means_stop")
    events = daemon.follow("job-1")
    client = clients.unix(f"/ws?run=job-1&since={events[2][0]}")
    seen = []
    while isinstance(message := client.receive(), dict):
        seen.append(message["params"]["number"])
    assert message == 1000
    assert seen == [number for number, _, _ in events[3:]]


def test_what_is_no_websocket_is_refused(daemon: Rigd, clients: Clients) -> None:
    assert clients.unix("/ws?run=job-9").head.startswith("HTTP/1.1 404")
    assert daemon.get("/ws") == 426


def test_too_long_a_message_closes_the_connection_and_is_logged(daemon: Rigd, clients: Clients) -> None:
    client = clients.unix("/ws")
    client.announce(2 << 20)
    assert client.receive() == 1009
    client.close()
    while "refused: a message of more than" not in daemon.log.read_text():
        time.sleep(0.01)
    assert daemon.call("bench.info")["busy"] is False


def test_a_browser_gives_its_token_as_a_protocol_and_must_be_of_a_known_origin(daemon: Rigd, clients: Clients) -> None:
    offers = "Sec-WebSocket-Protocol: rigd, bearer."
    good = clients.tcp(offers + TOKEN, "Origin: https://bench.example")
    assert good.accepted
    assert "Sec-WebSocket-Protocol: rigd\r\n" in good.head + "\r\n"
    assert TOKEN not in good.head
    assert clients.tcp(f"Authorization: Bearer {TOKEN}").accepted
    assert clients.tcp().head.startswith("HTTP/1.1 401")
    assert clients.tcp(offers + TOKEN[:-1]).head.startswith("HTTP/1.1 401")
    assert clients.tcp(offers + TOKEN, "Origin: https://evil.example").head.startswith("HTTP/1.1 403")
    assert clients.unix("/ws", "Origin: https://evil.example").head.startswith("HTTP/1.1 403")


def test_the_daemon_ends_though_a_client_never_answers(daemon: Rigd, clients: Clients) -> None:
    deaf = clients.unix("/ws?since=0")
    assert deaf.accepted
    for number in range(50):
        deaf.send({"jsonrpc": "2.0", "id": number, "method": "rpc.discover"})
    daemon.call("run.submit", scenario="stop_means_stop")
    assert daemon.follow("job-1")[-1][2]["report"]["verdict"] == "pass"
    daemon.stop()
