"""A run by hand on the bench of a rigd: what pumprig._core.HandRun does for a bench in this process, over the daemon's API."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from pumprig._errors import CancelledError, LinkError, error_for


class Calls(Protocol):
    """Calls the daemon's methods, from several threads, over one connection; after close() a new one is made when needed."""

    def __call__(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]: ...
    def close(self) -> None: ...


class Hand(Protocol):
    """Where a script's commands go."""

    @property
    def path(self) -> str: ...
    def command(self, kind: str, text: str) -> str: ...
    def finish(self) -> str: ...
    def give_up(self, reason: str) -> str: ...


class RemoteHand:
    """Holds the bench for as long as its connection lives: the daemon brings the pump to the safe state when this process is gone."""

    def __init__(self, call: Calls, request: Mapping[str, Any], lease_s: float) -> None:
        self._call = call
        self._over = threading.Event()
        # At least every few seconds: the daemon closes a connection that is silent for long.
        self._keeper = threading.Thread(target=self._keep, args=(min(lease_s / 3, 5.0),), daemon=True)
        try:
            self._run: str = call("hand.open", {**request, "lease_s": lease_s, "bound": True})["job"]
            self._keeper.start()
            self._wait_for(0)
        except BaseException:
            self._leave()
            raise
        self.path: str = self._status()["report"]["path"]

    def _keep(self, every_s: float) -> None:
        with contextlib.suppress(Exception):  # whoever gives commands is told what is wrong
            while not self._over.wait(every_s):
                self._call("hand.keep", {"run": self._run})

    def _leave(self) -> None:
        self._over.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self._call.close()

    def _status(self) -> dict[str, Any]:
        job: dict[str, Any] = self._call("run.status", {"run": self._run})["job"]
        return job

    def _wait_for(self, number: int) -> dict[str, Any]:
        """The answer to a command. Ctrl-C brings the pump to the safe state first."""
        try:
            for pause_s in pauses():
                result = self._call("hand.result", {"run": self._run, "number": number})
                if result["done"]:
                    break
                time.sleep(pause_s)
        except (KeyboardInterrupt, SystemExit):
            self._call("run.abort", {"run": self._run})
            self._wait_for_end()
            raise
        problem = result["error"]
        if problem:
            raise error_for(problem["code"], ": ".join(filter(None, (problem["where"], problem["text"]))), problem["where"])
        answer: dict[str, Any] = result["answer"]
        return answer

    def _wait_for_end(self) -> dict[str, Any]:
        for pause_s in pauses():
            job = self._status()
            if job["state"] not in ("queued", "running"):
                break
            time.sleep(pause_s)
        return job

    def command(self, kind: str, text: str) -> str:
        what = text if kind in ("end", "latest") else json.loads(text)
        number: int = self._call("hand.do", {"run": self._run, "command": kind, "what": what})["number"]
        return json.dumps(self._wait_for(number))

    def finish(self) -> str:
        return self._conclude({})

    def give_up(self, reason: str) -> str:
        return self._conclude({"reason": reason})

    def _conclude(self, reason: Mapping[str, str]) -> str:
        try:
            return self._report_of(reason)
        finally:
            self._leave()

    def _report_of(self, reason: Mapping[str, str]) -> str:
        try:
            self._call("hand.end", {"run": self._run, **reason})
            job = self._wait_for_end()
        except (KeyboardInterrupt, SystemExit):
            self._call("run.abort", {"run": self._run})
            self._wait_for_end()
            raise
        if job["error"]:
            raise error_for(job["error"]["code"], job["error"]["text"], job["error"]["where"])
        if job["report"] is None:
            raise CancelledError("the run was withdrawn before it began", "cancelled", self._run)
        return json.dumps(job["report"])


def pauses() -> Iterator[float]:
    """At first hardly any, for a bench in virtual time; soon long enough to cost nothing."""
    pause_s = 0.001
    while True:
        yield pause_s
        pause_s = min(pause_s * 1.5, 0.1)


class OneConnection:
    """Calls over one connection that stays for as long as it can."""

    def __init__(self, connection: http.client.HTTPConnection, path: str, result_of: Callable[[bytes], dict[str, Any]]) -> None:
        self._connection = connection
        self._path = path
        self._result_of = result_of
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __call__(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": dict(params)})
        with self._lock:
            try:
                self._connection.request("POST", "/rpc", body, {"Content-Type": "application/json"})
                answer = self._connection.getresponse().read()
            except BaseException as error:
                self._connection.close()  # a half-read answer is never taken for the next one
                if isinstance(error, OSError | http.client.HTTPException):
                    raise LinkError(f"{self._path}: no rigd answers: {error}", "unavailable", self._path) from error
                raise
        return self._result_of(answer)
