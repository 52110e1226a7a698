"""Benches: where scenarios run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING

from pumprig import _core
from pumprig._report import Report
from pumprig._script import Script, script_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Bench:
    """A bench by its name or file. It is opened anew for each run, so several may be used side by side."""

    def __init__(self, spec: str, *, seed: int = 1) -> None:
        self.spec = spec
        self.seed = seed

    @classmethod
    def virtual(cls, *, seed: int = 1, firmware: str = "host") -> Bench:
        """The virtual bench, in virtual time. `firmware` is "host", or "arm" for the ARM image in QEMU."""
        specs = {"host": "virtual", "arm": "virtual-arm"}
        if firmware not in specs:
            raise ValueError(f'firmware is "host" or "arm", not {firmware!r}')
        return cls(specs[firmware], seed=seed)

    @classmethod
    def open(cls, file: str | PathLike[str], *, seed: int = 1) -> Bench:
        """A bench file. Its instruments are opened when something runs."""
        return cls(fspath(file), seed=seed)

    def run(
        self,
        scenario: str | PathLike[str],
        *,
        parameters: Mapping[str, str] | None = None,
        seed: int | None = None,
        speed: float | str | None = None,
        out: str | PathLike[str] = "runs",
        operator: str = "",
        labels: Mapping[str, str] | None = None,
        on_progress: Callable[[float, str], None] | None = None,
    ) -> Report:
        """Runs a scenario: a file, or the name of a bundled one.

        parameters: overrides as text with units, {"rate": "0.25 mL/day"}. speed: "max", or scenario seconds per second.
        on_progress: called now and then with the fraction done and the step's words.
        Raises InputError with every mistake when the scenario or the bench file is wrong; a failed check is a verdict, not an exception.
        """
        request: dict[str, object] = {
            "scenario": fspath(scenario),
            "bench": self.spec,
            "set": dict(parameters or {}),
            "seed": self.seed if seed is None else seed,
            "out": fspath(out),
            "operator": operator,
            "key_values": dict(labels or {}),
        }
        if speed is not None:
            request["speed"] = speed
        return Report.of(json.loads(_core.run(json.dumps(request), on_progress)))

    def script(
        self,
        title: str,
        *,
        name: str = "by_hand",
        record: Sequence[str] | Mapping[str, str | None] = (),
        initial: Mapping[str, object] | None = None,
        requirements: Sequence[str] = (),
        seed: int | None = None,
        speed: float | str | None = None,
        out: str | PathLike[str] = "runs",
        operator: str = "",
        labels: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> Script:
        """Begins a run by hand, for a `with` block: `with bench.script("a bolus by hand") as run: run.program("0.5 mL/day")`.

        record: the channels to keep, or channel → interval ({"flow.flow": "1 s"}, None for as it comes); empty: all of the bench.
        initial: as in a scenario file. text: the script's text for the record; without it that of the running script or notebook.
        Returns when the bench is open and in its initial state; several benches may run side by side.
        """
        request = script_request(
            title,
            name,
            record,
            initial,
            requirements,
            text,
            bench=self.spec,
            seed=self.seed if seed is None else seed,
            speed=speed,
            out=fspath(out),
            operator=operator,
            key_values=dict(labels or {}),
        )
        return Script(_core.HandRun(json.dumps(request)))

    def __repr__(self) -> str:
        return f"<pumprig.Bench {self.spec!r}>"
