"""A client of rigd: the daemon that holds a bench, over its Unix socket."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from typing import Any

from pumprig._errors import LinkError, error_for
from pumprig._run import Run, open_run


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("rigd")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class Job:
    """A run in the daemon's queue."""

    def __init__(self, client: Client, job: str) -> None:
        self._client = client
        self.id = job

    def status(self) -> dict[str, Any]:
        """{"state": "queued" | "running" | "finished" | …, "progress": …, "report": …}."""
        job: dict[str, Any] = self._client.call("run.status", {"run": self.id})["job"]
        return job

    def abort(self) -> None:
        """Ends it in the bench's safe state; it is kept as aborted."""
        self._client.call("run.abort", {"run": self.id})

    def wait(self) -> Run | None:
        """Follows the daemon's events until the job has ended. None when it left no run."""
        since = self._client.call("daemon.info")["last_event"]
        while True:
            status = self.status()
            if status["error"]:
                problem = status["error"]
                raise error_for(problem["code"], f"{problem['where']}: {problem['text']}", problem["where"])
            if status["state"] not in ("queued", "running"):
                path = (status["report"] or {}).get("path")
                return open_run(path) if path else None
            for event in self._client.events(since):
                since = event["number"]
                if event["data"].get("job") == self.id and event["event"] not in ("progress", "value", "check"):
                    break


class Client:
    """Speaks JSON-RPC with one rigd. Use pumprig.connect()."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._next = 0

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One method of the daemon; raises the Error that it answers with, LinkError when nobody listens."""
        self._next += 1
        body = {"jsonrpc": "2.0", "id": self._next, "method": method, "params": dict(params or {})}
        connection = _UnixConnection(self._path)
        try:
            connection.request("POST", "/rpc", json.dumps(body), {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        except OSError as error:
            raise LinkError(f"{self._path}: no rigd answers: {error}", "unavailable", self._path) from error
        finally:
            connection.close()
        if "error" in answer:
            problem = answer["error"]
            details = problem.get("data") or {}
            raise error_for(details.get("code", ""), problem["message"], details.get("where", ""))
        result: dict[str, Any] = answer["result"]
        return result

    def info(self) -> dict[str, Any]:
        """The daemon's version, its bench and whether it is busy."""
        return {**self.call("daemon.info"), **self.call("bench.info")}

    def submit(self, scenario: str | PathLike[str], *, parameters: Mapping[str, str] | None = None, seed: int = 1) -> Job:
        """Queues a scenario: a bundled one's name, or a file that the daemon can read."""
        job = self.call("run.submit", {"scenario": fspath(scenario), "set": dict(parameters or {}), "seed": seed})
        return Job(self, job["job"])

    def run(self, scenario: str | PathLike[str], *, parameters: Mapping[str, str] | None = None, seed: int = 1) -> Run | None:
        """Queues a scenario and waits for its end."""
        return self.submit(scenario, parameters=parameters, seed=seed).wait()

    def events(self, since: int) -> Iterator[dict[str, Any]]:
        """Events after number `since`, as they come: {"number", "event", "data"}."""
        connection = _UnixConnection(self._path)
        try:
            connection.request("GET", f"/events?since={since}", headers={"Accept": "text/event-stream"})
            fields: dict[str, str] = {}
            for raw in connection.getresponse():
                line = raw.decode().rstrip("\r\n")
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = fields.get(name, "") + value.removeprefix(" ")
                elif "data" in fields:
                    yield {
                        "number": int(fields.get("id", since)),
                        "event": fields.get("event", "message"),
                        "data": json.loads(fields["data"]),
                    }
                    fields = {}
        finally:
            connection.close()


def connect(socket_path: str | PathLike[str]) -> Client:
    """A client of the rigd that listens at `socket_path`. Raises LinkError when none does."""
    client = Client(fspath(socket_path))
    client.call("daemon.info")
    return client
