"""Runs at rigd outlive the clients that asked for them; they are followed, paused and resumed by others; who may not talk to it, cannot."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rigd import Rigd

import pumprig

# At 300 seconds a second: the bench's time is the machine's, so that a client has the time to go away, to pause, to come back.
SPEED = "300"


def scenario(folder: Path, expected: str = "2 mL/day", minutes: int = 20) -> str:
    file = folder / "short.json"
    steps = [
        {"step": "program", "rate": "2 mL/day"},
        {"step": "start"},
        {"step": "wait", "for": f"{minutes} min", "as": "delivery"},
        {"step": "hold_point", "title": "delivered"},
        {
            "step": "measure",
            "id": "steps",
            "what": "step_flow",
            "channel": "witness.step",
            "window": {"over": "delivery", "settle": "2 min"},
            "limit": {"within": "5 %", "of": expected},
        },
        {"step": "wait", "for": "1 min"},
    ]
    file.write_text(json.dumps({"scenario": 1, "name": "short", "title": "A short delivery", "steps": steps}))
    return str(file)


@pytest.fixture
def daemon(rig: str, tmp_path: Path) -> Iterator[Rigd]:
    running = Rigd(rig, tmp_path / "daemon")
    yield running
    running.stop()


class Client:
    """`rig` with the socket of the daemon."""

    def __init__(self, rig: str, daemon: Rigd, folder: Path) -> None:
        self._rig = rig
        self._folder = folder
        self._environment = {**os.environ, "PUMPRIG_SOCKET": str(daemon.socket)}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self._rig, *words], cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=120)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._rig, *words], cwd=self._folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def client(rig: str, daemon: Rigd, tmp_path: Path) -> Client:
    return Client(rig, daemon, tmp_path)


def await_job(daemon: Rigd, good: Callable[[dict[str, Any]], bool], job: str = "job-1") -> dict[str, Any]:
    while True:
        answer = daemon.ask("run.status", {"run": job})
        if "result" in answer and good(answer["result"]["job"]):
            found: dict[str, Any] = answer["result"]["job"]
            return found
        time.sleep(0.01)


def is_at_work(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "running" and job["run"] and job["progress"]["now_s"] > 0)


def test_a_run_goes_on_when_its_client_is_killed(daemon: Rigd, client: Client, tmp_path: Path) -> None:
    process = client.start("run", scenario(tmp_path), "--speed", SPEED, "--out", "runs")
    await_job(daemon, is_at_work)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert daemon.call("run.status", run="job-1")["job"]["state"] == "running"
    last = daemon.follow("job-1")[-1][2]
    assert (last["state"], last["report"]["verdict"]) == ("finished", "pass")
    assert client("show", last["report"]["path"]).returncode == 0


@pytest.mark.parametrize(("expected", "code"), [("2 mL/day", 0), ("4 mL/day", 1)])
def test_attach_shows_and_exits_as_the_run_does(expected: str, code: int, client: Client, tmp_path: Path) -> None:
    file = scenario(tmp_path, expected)
    ran = client("run", file)
    assert ran.returncode == code, ran.stderr
    attached = client("attach", "job-1")
    assert (attached.returncode, attached.stdout, attached.stderr) == (ran.returncode, ran.stdout, ran.stderr)
    ran = client("run", file, "--json")
    attached = client("attach", "job-2", "--json")
    assert (attached.returncode, json.loads(attached.stdout)) == (ran.returncode, json.loads(ran.stdout))
    assert client("attach", json.loads(ran.stdout)["runs"][0]["run"], "--json").stdout == ran.stdout


def test_a_detached_run_is_followed_by_another_client(daemon: Rigd, client: Client, tmp_path: Path) -> None:
    file = scenario(tmp_path, minutes=5)
    handed_over = client("run", file, file, "--detach", "--speed", SPEED)
    assert (handed_over.returncode, handed_over.stdout) == (0, f"job-1  {file}\njob-2  {file}\n"), handed_over.stderr
    assert daemon.call("run.status", run="job-1")["job"]["state"] in ("queued", "running")
    attached = client("attach", "job-2", "--json")
    assert attached.returncode == 0, attached.stderr
    assert json.loads(attached.stdout)["runs"][0]["verdict"] == "pass"
    assert json.loads(client("run", file, "--detach", "--json").stdout) == {"jobs": ["job-3"]}


def test_ctrl_c_leaves_a_run_that_is_only_followed(daemon: Rigd, client: Client, tmp_path: Path) -> None:
    client("run", scenario(tmp_path), "--detach", "--speed", SPEED)
    await_job(daemon, is_at_work)
    process = client.start("attach", "job-1")
    assert process.stderr is not None
    assert "on bench" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert "it goes on" in err
    assert daemon.follow("job-1")[-1][2]["report"]["verdict"] == "pass"


def test_a_run_is_paused_at_its_hold_point_and_resumed(daemon: Rigd, client: Client, tmp_path: Path) -> None:
    client("run", scenario(tmp_path), "--detach", "--speed", SPEED)
    await_job(daemon, is_at_work)
    asked = client("pause", "job-1")
    assert (asked.returncode, asked.stdout) == (0, "asked to pause at its next hold point: job-1\n"), asked.stderr
    held = await_job(daemon, lambda job: job["pause"] == "held")
    assert held["hold_points_ahead"] == 0
    assert client("pause", held["run"]).stdout == f"is held: {held['run']}\n"
    assert client("resume", "job-1").stdout == "goes on: job-1\n"
    events = daemon.follow("job-1")
    pauses = [data["pause"] for _, kind, data in events if kind == "job"]
    assert [p for p, before in zip(pauses, ["", *pauses], strict=False) if p != before] == ["none", "asked", "held", "none"]
    assert events[-1][2]["report"]["verdict"] == "pass"


def test_a_run_is_paused_only_where_its_scenario_allows_it(client: Client, daemon: Rigd, tmp_path: Path) -> None:
    file = Path(scenario(tmp_path))
    text = json.loads(file.read_text())
    text["steps"] = [step for step in text["steps"] if step["step"] != "hold_point"]
    file.write_text(json.dumps(text))
    client("run", str(file), "--detach", "--speed", SPEED)
    await_job(daemon, is_at_work)
    refused = client("pause", "job-1")
    assert refused.returncode == 2
    assert "hold_point" in refused.stderr
    assert client("pause", "job-7").returncode == 2
    assert daemon.follow("job-1")[-1][2]["report"]["verdict"] == "pass"
    assert client("resume", "job-1").returncode == 2


def test_without_a_daemon_there_is_nothing_to_detach_to(rig: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PUMPRIG_SOCKET"}
    for words in (["run", "stop_means_stop", "--detach"], ["attach", "job-1"], ["pause", "job-1"], ["resume", "job-1"]):
        done = subprocess.run([rig, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert "--socket" in done.stderr


def test_a_python_client_pauses_resumes_and_takes_events_up_where_it_left_them(daemon: Rigd, tmp_path: Path) -> None:
    connected = pumprig.connect(daemon.socket)
    job = connected.submit(scenario(tmp_path, minutes=60))
    events = list(job.events())
    assert events[-1]["data"]["state"] == "finished"
    middle = events[len(events) // 2]["number"]
    assert list(connected.job("job-1").events(middle)) == [event for event in events if event["number"] > middle]
    with pytest.raises(pumprig.LinkError, match="not at work"):
        job.pause()
    run = job.wait()
    assert run is not None
    assert run.verdict == "pass"


def test_a_client_of_a_daemon_that_was_started_anew_learns_what_it_missed(rig: str, tmp_path: Path) -> None:
    first = Rigd(rig, tmp_path)
    first.call("run.submit", scenario="stop_means_stop")
    seen = first.follow("job-1")[-1][0]
    first.stop()
    second = Rigd(rig, tmp_path)
    try:
        second.call("run.submit", scenario="stop_means_stop")
        events = [event["event"] for event in pumprig.connect(second.socket).events(seen, run="job-1")]
        assert events[:2] == ["gap", "job"]
        assert [kind for _, kind, _ in second.follow("job-1")] == events[1:]
    finally:
        second.stop()


# ---- Who may talk to it ---------------------------------------------------------------------------------------------------------------

NOBODY = 65534
ASK = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "run.submit", "params": {"scenario": "stop_means_stop"}})
s.sendall(f"POST /rpc HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n{body}".encode())
while piece := s.recv(65536):
    print(piece.decode(), end="")
"""


def ask_as_nobody(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "/usr/bin/python3", "-c", ASK, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root to be another user")
def test_a_second_user_without_the_group_cannot_connect_and_one_who_can_is_recorded(rig: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="pumprig-rigd-"))  # not below pytest's own folder, which only its owner may enter
    folder.chmod(0o755)
    daemon = Rigd(rig, folder)
    try:
        assert daemon.socket.stat().st_mode & 0o777 == 0o660
        refused = ask_as_nobody(daemon.socket)
        assert refused.returncode != 0
        assert "PermissionError" in refused.stderr
        assert daemon.call("queue.list", all=True)["jobs"] == []
        daemon.socket.chmod(0o666)
        served = ask_as_nobody(daemon.socket)
        assert f'"submitted_by":"uid {NOBODY}"' in served.stdout, served.stderr
        report = daemon.follow("job-1")[-1][2]["report"]
        assert report["key_values"]["submitted_by_uid"] == str(NOBODY)
    finally:
        daemon.stop()
        shutil.rmtree(folder)


def token_file(folder: Path, mode: int = 0o600) -> Path:
    file = folder / "token"
    file.write_text("0123456789abcdef0123456789abcdef\n")
    file.chmod(mode)
    return file


def test_tcp_is_served_only_when_asked_for_and_with_a_token(rig: str, tmp_path: Path) -> None:
    daemon = Rigd(rig, tmp_path / "daemon", "--tcp", "127.0.0.1:0", "--token-file", str(token_file(tmp_path)))
    try:
        port = re.search(r"TCP port (\d+)", daemon.log.read_text())
        assert port
        call = ["curl", "-s", "-w", " %{http_code}", f"http://127.0.0.1:{port[1]}/rpc"]
        ask = ["-d", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "bench.info"})]

        def status(*more: str) -> str:
            return subprocess.run([*call, *ask, *more], capture_output=True, text=True, timeout=60).stdout[-3:]

        right = "Authorization: Bearer 0123456789abcdef0123456789abcdef"
        assert status("-H", right) == "200"
        assert status() == "401"
        assert status("-H", right[:-1]) == "401"
        assert status("-H", right, "-H", "Origin: https://evil.example") == "403"
        (tmp_path / "large").write_bytes(b" " * (2 << 20))
        assert status("-H", right, "--data-binary", f"@{tmp_path / 'large'}") == "413"
        log = daemon.log.read_text()
        for why in ("no token", "a wrong token", "a foreign origin", "a body of more than"):
            assert f"refused: {why}" in log
        assert "0123456789" not in log
    finally:
        daemon.stop()


@pytest.mark.parametrize(
    ("tcp", "mode", "why"),
    [
        ("0.0.0.0:7878", 0o600, "127.0.0.1"),
        ("127.0.0.1:7878", 0o644, "chmod 600"),
        ("127.0.0.1:7878", None, "--token-file"),
    ],
)
def test_tcp_without_a_secret_or_for_other_machines_is_refused(tcp: str, mode: int | None, why: str, rig: str, tmp_path: Path) -> None:
    words = [str(Path(rig).with_name("rigd")), "--socket", str(tmp_path / "s"), "--tcp", tcp]
    if mode is not None:
        words += ["--token-file", str(token_file(tmp_path, mode))]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert why in done.stderr
    assert not (tmp_path / "s").exists()
