"""A Python client of rigd over its real Unix socket."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import pumprig


@pytest.fixture
def daemon(rig: str, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "rigd.sock"
    process = subprocess.Popen([str(Path(rig).with_name("rigd")), "--socket", str(path)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)
    yield path
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_submitted_scenario_runs_and_its_run_can_be_read(daemon: Path) -> None:
    client = pumprig.connect(daemon)
    assert client.info()["kind"] == "virtual"
    run = client.run("stop_means_stop", seed=3)
    assert run is not None
    assert (run.verdict, run.seed, run.bench_kind) == ("pass", 3, "virtual")


def test_wrong_input_comes_back_as_the_same_error_as_here(daemon: Path) -> None:
    client = pumprig.connect(daemon)
    with pytest.raises((pumprig.NotFoundError, pumprig.InputError)):
        client.run("no_such_scenario")


def test_nobody_listening_is_a_link_error(tmp_path: Path) -> None:
    with pytest.raises(pumprig.LinkError, match="no rigd"):
        pumprig.connect(tmp_path / "nothing.sock")
