"""Where the programs of the development build are."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from patient import Patient
from twin import Twin

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kills", type=int, default=3, help="how often each kind of process is killed at a random instant (the long run: 200)"
    )
    parser.addoption("--daemon-runs", type=int, default=1000, help="how many runs one daemon does before it is looked at")


@pytest.fixture
def twin(rig: str, tmp_path: Path) -> Iterator[Twin]:
    running = Twin(rig, tmp_path / "ports")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def rig() -> str:
    """The rig program: PUMPRIG_RIG, else that of build/dev."""
    program = Path(os.environ.setdefault("PUMPRIG_RIG", str(ROOT / "build" / "dev" / "bin" / "rig")))
    assert program.exists(), f"{program} is missing: build it with ./dev build"
    return str(program)


@pytest.fixture
def patient(rig: str, tmp_path: Path) -> Iterator[Patient]:
    made = Patient(rig, tmp_path)
    yield made
    made.twin.stop()
