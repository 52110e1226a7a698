"""Runs on disk: checks, channels as numpy arrays, events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING

import numpy as np

from pumprig import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Check:
    """One check of a run. Numbers are in `unit`; `verdict` is None when the check was not run."""

    check: str
    requirements: tuple[str, ...]
    verdict: str | None
    limit: str = ""
    limit_lo: float | None = None
    limit_hi: float | None = None
    value: float | None = None
    unit: str = ""
    margin: float | None = None
    uncertainty: float | None = None
    window_start_ns: int = 0
    window_end_ns: int = 0
    source: str = ""
    clock: str = "rig"
    explanation: str = ""
    not_run_reason: str | None = None


@dataclass(frozen=True)
class Channel:
    """What a channel is: its unit, where it comes from, how far a value may be from the truth."""

    name: str
    unit: str
    instrument: str
    source: str
    kind: str
    uncertainty_absolute: float
    uncertainty_relative: float
    evidence: bool
    clock: str
    samples: int
    min: float | None
    max: float | None


@dataclass(frozen=True)
class Event:
    """Something that happened at an instant of the run."""

    seq: int
    t_ns: int
    source: str
    kind: str
    text: str
    json: str


@dataclass(frozen=True)
class PumpClock:
    """How the pump's clock stood against the rig's, as the run found it.

    The truth lies within each uncertainty of its value, as long as the pump's clock kept a rate.
    """

    at_ns: int  # instant of the run at which the offset held
    offset_ns: int  # pump minus rig
    offset_uncertainty_ns: int
    drift_ppm: float | None  # positive: the pump's clock is fast; None: too little was seen of it
    drift_uncertainty_ppm: float | None
    exchanges: int  # that the estimate rests on
    span_ns: int  # from the first of them to the last
    jumps: int
    drifts: int  # changes of its rate


class Run:
    """A run that was recorded, or is being recorded now. Nothing is loaded before it is asked for."""

    def __init__(self, reader: _core.RunReader) -> None:
        self._reader = reader

    @property
    def path(self) -> str:
        return self._reader.path

    @property
    def bench_kind(self) -> str:
        """ "virtual", "virtual-arm" or "real": a virtual run never passes for a bench run."""
        return self._reader.bench_kind

    @property
    def scenario(self) -> str:
        return self._reader.scenario

    @property
    def seed(self) -> int:
        return self._reader.seed

    @property
    def state(self) -> str:
        """ "running", "finished", "aborted" or "interrupted"."""
        return self._reader.state

    @property
    def verdict(self) -> str | None:
        """The worst verdict of its checks; None when nothing was judged."""
        return self._reader.verdict

    @property
    def digest(self) -> str:
        """SHA-256 over the content: equal for two virtual runs with the same scenario, bench and seed."""
        return self._reader.digest

    @property
    def utc_origin_ns(self) -> int:
        """Wall clock (ns since 1970, UTC) at scenario time 0; add it to a channel's `t_ns`."""
        return self._reader.started_utc_ns

    @property
    def metadata(self) -> dict[str, str]:
        """Everything the record states about the run."""
        return self._reader.rows

    @property
    def checks(self) -> list[Check]:
        return [Check(**{**row, "requirements": tuple(row["requirements"])}) for row in self._reader.checks()]

    @property
    def channels(self) -> dict[str, Channel]:
        return {row["name"]: Channel(**row) for row in self._reader.channels()}

    def samples(self, channel: str) -> _core.Samples:
        """Columns `t_ns` (int64), `value` (float64), `flags` and `window_ns` as read-only numpy views, without a copy."""
        return self._reader.samples(channel)

    def times_utc(self, channel: str) -> NDArray[np.datetime64]:
        """The sample instants of a channel on the wall clock (copies)."""
        return (self.samples(channel).t_ns + self.utc_origin_ns).astype("datetime64[ns]")

    def events(self, after: int = 0) -> list[Event]:
        """Events with a sequence number above `after`."""
        return [Event(**row) for row in self._reader.events(after)]

    @property
    def pump_clock(self) -> PumpClock | None:
        """The last estimate that the run told; None when the pump was not reached (or the record is older than the estimate)."""
        told = [event.json for event in self.events() if event.kind == "pump_clock"]
        return PumpClock(**json.loads(told[-1])) if told else None

    def verify(self) -> dict[str, object]:
        """Recomputes the hash chain: {"complete", "items", "problems", "digest"}."""
        return self._reader.verify()

    def __repr__(self) -> str:
        return f"<pumprig.Run {self.scenario!r} on a {self.bench_kind} bench: {self.verdict or self.state}>"


def open_run(path: str | PathLike[str]) -> Run:
    """Opens the run in the file or run folder `path`. Raises NotFoundError or CorruptError."""
    return Run(_core.RunReader.open(fspath(path)))
