"""
C++ core of pumprig. Import pumprig instead.
"""

from __future__ import annotations

import collections.abc
import typing

import numpy
import numpy.typing

__all__: list[str] = ["HandRun", "RunReader", "Samples", "run", "set_data_dir", "set_rig_program"]

class Samples:
    """
    Samples of one channel. Arrays are read-only views; times in ns of scenario time.
    """
    def __len__(self) -> int: ...
    @property
    def flags(self) -> numpy.typing.NDArray[numpy.uint8]: ...
    @property
    def t_ns(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def value(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def window_ns(self) -> numpy.typing.NDArray[numpy.int64]: ...

class RunReader:
    """
    A run on disk. Use pumprig.open_run().
    """
    @staticmethod
    def open(path: str) -> RunReader: ...
    def channels(self) -> list[dict[str, typing.Any]]: ...
    def checks(self) -> list[dict[str, typing.Any]]: ...
    def events(self, after: typing.SupportsInt | typing.SupportsIndex = 0) -> list[dict[str, typing.Any]]: ...
    def export_csv(self, folder: str) -> list[str]: ...
    def samples(self, channel: str) -> Samples: ...
    def verify(self) -> dict[str, typing.Any]: ...
    @property
    def bench_kind(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def rows(self) -> dict[str, str]: ...
    @property
    def scenario(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def started_utc_ns(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def verdict(self) -> str | None: ...

class HandRun:
    """
    A run by hand. Use pumprig.Bench.script().
    """
    def __init__(self, request_json: str) -> None:
        """
        Opens the bench and brings it to its initial state.
        """
    def command(self, kind: str, text: str) -> str:
        """
        Does one command and returns its answer as JSON.
        """
    def finish(self) -> str:
        """
        Brings the pump to the safe state, keeps the run, returns its report as JSON.
        """
    def give_up(self, reason: str) -> str:
        """
        The same; the run is kept as aborted.
        """
    @property
    def path(self) -> str: ...

def run(request_json: str, on_progress: collections.abc.Callable[[float, str], None] | None = None) -> str:
    """
    Runs one scenario and returns its report, both as JSON. Blocks; Ctrl-C brings the pump to the safe state first.
    """

def set_data_dir(dir: str) -> None: ...
def set_rig_program(program: str) -> None: ...
