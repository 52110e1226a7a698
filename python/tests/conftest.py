"""Where the programs of the development build are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def rig() -> str:
    """The rig program: PUMPRIG_RIG, else that of build/dev."""
    program = Path(os.environ.get("PUMPRIG_RIG", ROOT / "build" / "dev" / "bin" / "rig"))
    assert program.exists(), f"{program} is missing: build it with ./dev build"
    return str(program)
