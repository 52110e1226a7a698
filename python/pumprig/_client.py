"""A client of rigd: the daemon that holds a bench, over its Unix socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

from pumprig._errors import LinkError, error_for
from pumprig._hand import OneConnection, RemoteHand
from pumprig._run import Run, open_run
from pumprig._script import Script, script_request


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

    def pause(self) -> None:
        """Asks it to stand at the next hold point of its scenario. UnsupportedError when there is none ahead."""
        self._client.call("run.pause", {"run": self.id})

    def resume(self) -> None:
        """Lets it go on."""
        self._client.call("run.resume", {"run": self.id})

    def events(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """Its events after number `since` to its end, as they come: {"number", "event", "data"}.

        A stream that breaks off is taken up after the last event that came; what is lost by then is an event "gap".
        """
        in_vain = 0
        while in_vain <= 10:
            in_vain += 1
            # What breaks off looks like an end; only the daemon knows, and what ended before is told in the stream that follows.
            over = self.status()["state"] not in ("queued", "running")
            with contextlib.suppress(OSError, http.client.HTTPException):
                for event in self._client.events(since, run=self.id):
                    since = event["number"]
                    in_vain = 0
                    yield event
                if over:
                    return
        raise LinkError(f"the events of {self.id} break off again and again", "unavailable", self.id)

    def wait(self) -> Run | None:
        """Waits for its end. None when it left no run."""
        for _ in self.events():
            pass
        status = self.status()
        if status["error"]:
            problem = status["error"]
            raise error_for(problem["code"], f"{problem['where']}: {problem['text']}", problem["where"])
        path = (status["report"] or {}).get("path")
        return open_run(path) if path else None


def _result_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What came of a request, or the Error that it was answered with."""
    if "error" in answer:
        problem = answer["error"]
        details = problem.get("data") or {}
        raise error_for(details.get("code", ""), problem["message"], details.get("where", ""))
    result: dict[str, Any] = answer["result"]
    return result


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
        return _result_of(answer)

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

    def script(
        self,
        title: str,
        *,
        name: str = "by_hand",
        record: Sequence[str] | Mapping[str, str | None] = (),
        initial: Mapping[str, object] | None = None,
        requirements: Sequence[str] = (),
        seed: int = 1,
        speed: float | str | None = None,
        operator: str = "",
        labels: Mapping[str, str] | None = None,
        text: str | None = None,
        lease_s: float = 10.0,
    ) -> Script:
        """Begins a run by hand on the daemon's bench, for a `with` block; all else is as with Bench.script().

        Returns when its turn has come, and the bench is open and in its initial state. When this process is gone, or has not been heard
        of for `lease_s`, the daemon brings the pump to the safe state and keeps the run as aborted: "client lost".
        """
        request = script_request(
            title,
            name,
            record,
            initial,
            requirements,
            text,
            seed=seed,
            speed=speed,
            operator=operator,
            key_values=dict(labels or {}),
        )
        call = OneConnection(_UnixConnection(self._path), self._path, lambda answer: _result_of(json.loads(answer)))
        return Script(RemoteHand(call, request, lease_s))

    def job(self, run: str) -> Job:
        """A job that somebody submitted, by its name or by the id of its run. NotFoundError."""
        return Job(self, self.call("run.status", {"run": run})["job"]["job"])

    def events(self, since: int, run: str = "") -> Iterator[dict[str, Any]]:
        """Events after number `since`, as they come: {"number", "event", "data"}; with `run` those of one job, to its end."""
        connection = _UnixConnection(self._path)
        try:
            address = f"/events?since={since}" + (f"&run={run}" if run else "")
            connection.request("GET", address, headers={"Accept": "text/event-stream"})
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
