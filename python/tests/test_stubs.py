"""The committed stubs of the extension module are those that it has."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def ruff(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "ruff", *arguments, "--config", str(ROOT / "pyproject.toml")], check=True)


def test_the_stubs_are_not_stale(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [sys.executable, "-m", "pybind11_stubgen", "pumprig._core", "-o", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    fresh = tmp_path / "pumprig" / "_core.pyi"
    ruff("check", "--fix", "--quiet", "--exit-zero", str(fresh))
    ruff("format", "--quiet", str(fresh))
    committed = ROOT / "python" / "pumprig" / "_core.pyi"
    assert fresh.read_text() == committed.read_text(), "write them anew: pybind11-stubgen pumprig._core, then ruff check --fix, ruff format"
