"""Runs by hand: a Python script gives the steps, the rig does them, judges, and keeps the evidence."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pumprig._hand import Hand
from pumprig._report import Report
from pumprig._run import Check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

LIMITS = ("within", "of", "at_least", "at_most")


@dataclass(frozen=True)
class Latest:
    """The latest sample of a channel: `value` in `unit` at `t_ns` of scenario time; `flags` as in a record."""

    t_ns: int
    value: float
    unit: str
    flags: int


class Measuring:
    """A measurement that goes on. `result` is there when its block has ended."""

    def __init__(self, name: str) -> None:
        self.id = name
        self._result: Check | None = None

    @property
    def result(self) -> Check:
        """Value, unit, uncertainty, window and, with a limit, the verdict."""
        if self._result is None:
            raise RuntimeError(f"the measurement {self.id!r} goes on: its result is there when its block has ended")
        return self._result


class Script:
    """A run that goes on. Quantities are text with their unit ("0.5 mL/day"); times too ("10 min").

    What is wrong in a call raises InputError, NotFoundError or UnsupportedError before anything is done, and the run goes on. An
    error of the rig ends the run. A check that fails is a verdict, not an exception. In virtual time nothing passes between calls.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._measurements = 0
        self._now_ns = 0
        self.report: Report | None = None

    @property
    def path(self) -> str:
        """Of the run's file; pumprig.open_run() reads it while it is written."""
        return self._hand.path

    @property
    def now_ns(self) -> int:
        """Scenario time (ns) at the end of the latest call."""
        return self._now_ns

    def step(self, kind: str, **settings: object) -> list[Check]:
        """Any step of the scenario language but "measure", with its settings; returns the checks that it decided."""
        return self._do("step", {"step": kind, **_given(settings)})

    def program(self, rate: str | None = None, **settings: object) -> None:
        """Sends a therapy program as the clinician, and reads it back: step("program") lists its settings."""
        self.step("program", rate=rate, **settings)

    def start(self) -> None:
        """Starts the therapy."""
        self.step("start")

    def stop(self) -> None:
        """Stops the therapy, as the clinician."""
        self.step("stop")

    def resume(self) -> None:
        """Goes on with a therapy that was stopped."""
        self.step("resume")

    def wait(self, duration: str) -> None:
        """Lets time pass."""
        self.step("wait", **{"for": duration})

    def bolus(
        self, expect: str = "granted", *, reason: str | None = None, id: str | None = None, requirements: Sequence[str] = ()
    ) -> Check:
        """Asks for a bolus as the patient. The check holds the answer against what is expected: "granted", or "refused" for a reason."""
        return self.step("bolus", expect=expect, reason=reason, id=id, requirements=list(requirements))[0]

    def silence(self, duration: str, role: str = "patient") -> None:
        """Silences the alarms, as the "patient" or the "clinician"."""
        self.step("silence", role=role, **{"for": duration})

    def clear_alarms(self) -> None:
        """Clears the alarms, as the clinician."""
        self.step("clear_alarms")

    def read_log(self, id: str, entry: str, *, requirements: Sequence[str] = (), **settings: object) -> Check:
        """Reads the pump's event log: read_log("logged", "alarm_raised", about="occlusion"). One such entry is enough without a limit=."""
        return self.step("read_log", id=id, entry=entry, requirements=list(requirements), **settings)[0]

    def inject(self, fault: str, **parameters: str) -> None:
        """Makes a fault of the bench. It is cleared at the end of the run at the latest."""
        self.step("inject", fault=fault, **({"with": parameters} if parameters else {}))

    def clear(self, fault: str) -> None:
        """Ends a fault."""
        self.step("clear", fault=fault)

    def expect(self, id: str, within: str, *, requirements: Sequence[str] = (), **condition: str) -> Check:
        """Waits for a condition, at most `within`: expect("alarm", "1 h", channel="witness.alarm_high", at_least="1")."""
        return self.step("expect", id=id, that=condition, within=within, requirements=list(requirements))[0]

    def note(self, text: str) -> None:
        """Writes a sentence into the record."""
        self.step("note", text=text)

    @contextmanager
    def measuring(
        self,
        what: str,
        *,
        channel: str | None = None,
        id: str | None = None,
        settle: str = "0 s",
        requirements: Sequence[str] = (),
        report: str | None = None,
        **settings: object,
    ) -> Iterator[Measuring]:
        """Measures over a block; `settle` of its begin is left out.

        With a limit (within= and of=, at_least=, at_most=) it is a check of the run, else a value for information. `what` and the other
        settings are those of the step "measure": "mean_flow", "volume", "steps", "maximum", …
        """
        self._measurements += 1
        name = id or f"{what}-{self._measurements}"
        limit = {key: settings.pop(key) for key in LIMITS if key in settings}
        step: dict[str, object] = {"step": "measure", "id": name, "what": what, "window": {"over": "now", "settle": settle}}
        step |= _given({"channel": channel, "limit": limit or None, "requirements": list(requirements), **settings})
        step["report"] = report or ("judge" if limit else "information")
        measuring = Measuring(name)
        self._do("begin", step)
        yield measuring
        measuring._result = self._do("end", name)[0]

    def measure(
        self,
        what: str,
        during: str,
        *,
        channel: str | None = None,
        id: str | None = None,
        settle: str = "0 s",
        requirements: Sequence[str] = (),
        report: str | None = None,
        **settings: object,
    ) -> Check:
        """Lets `settle` and then `during` pass, and measures in `during`. The rest is as with measuring()."""
        block = self.measuring(what, channel=channel, id=id, settle=settle, requirements=requirements, report=report, **settings)
        with block as measuring:
            if settle != "0 s":
                self.wait(settle)
            self.wait(during)
        return measuring.result

    def check(
        self,
        id: str,
        value: str | Check,
        *,
        uncertainty: str | None = None,
        requirements: Sequence[str] = (),
        report: str | None = None,
        **limit: str,
    ) -> Check:
        """Holds a value that the script found against a limit: check("ratio", "0.98", within="2 %", of="1").

        A measured Check may be given instead of text; then its unit and its uncertainty are taken.
        """
        if isinstance(value, Check):
            if value.value is None:
                raise ValueError(f"{value.check!r} has no value: {value.explanation}")
            if uncertainty is None and value.uncertainty is not None:
                uncertainty = _quantity(value.uncertainty, value.unit)
            value = _quantity(value.value, value.unit)
        asked = {"id": id, "value": value, "uncertainty": uncertainty, "limit": limit, "requirements": list(requirements), "report": report}
        return self._do("judge", _given(asked))[0]

    def latest(self, channel: str) -> Latest | None:
        """The latest sample of a channel that the run records; None when none has come yet."""
        answer = json.loads(self._hand.command("latest", channel))
        return Latest(**answer["latest"]) if answer["latest"] else None

    def _do(self, command: str, what: Mapping[str, object] | str) -> list[Check]:
        answer = json.loads(self._hand.command(command, what if isinstance(what, str) else json.dumps(what)))
        self._now_ns = answer["now_ns"]
        return [_check(row) for row in answer["checks"]]

    def __enter__(self) -> Script:
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """The pump comes to the safe state; an exception in the block keeps the run as aborted."""
        if raised is None:
            self.report = Report.of(json.loads(self._hand.finish()))
        else:
            self.report = Report.of(json.loads(self._hand.give_up(f"the script raised {type(raised).__name__}: {raised}")))


def script_text() -> tuple[str, str]:
    """The text of the running script, and the command that runs it again; of a notebook its cells so far."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file and Path(file).is_file():
        return Path(file).read_text(errors="replace"), f"python {' '.join([file, *sys.argv[1:]])}"
    cells = getattr(main, "In", None)
    return ("\n".join(str(cell) for cell in cells), "") if cells else ("", "")


def script_request(
    title: str,
    name: str,
    record: Sequence[str] | Mapping[str, str | None],
    initial: Mapping[str, object] | None,
    requirements: Sequence[str],
    text: str | None,
    **others: object,
) -> dict[str, object]:
    """What asks for a run by hand, here or at a daemon; `others` that are None are left out."""
    channels = record if isinstance(record, Mapping) else dict.fromkeys(record)
    header: dict[str, object] = {"scenario": 1, "name": name, "title": title, "requirements": list(requirements)}
    if channels:
        header["record"] = [{"channel": channel, **({"every": every} if every else {})} for channel, every in channels.items()]
    if initial:
        header["initial"] = dict(initial)
    own_text, command = script_text()
    script = {"script": own_text if text is None else text, "script_command": command}
    return {"scenario": name, "text": json.dumps(header), **script, **_given(others)}


def _given(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if value is not None}


def _quantity(value: float, unit: str) -> str:
    return f"{value!r} {unit}" if unit not in ("", "1") else repr(value)


def _check(row: Mapping[str, Any]) -> Check:
    return Check(
        check=row["id"],
        requirements=tuple(row["requirements"]),
        verdict=row["verdict"] if row["limit"] != "none" else None,
        limit=row["limit"],
        limit_lo=row["limit_low"],
        limit_hi=row["limit_high"],
        value=row["value"],
        unit=row["unit"],
        margin=row["margin"],
        uncertainty=row["uncertainty"],
        window_start_ns=round(row["window"]["from_s"] * 1e9),
        window_end_ns=round(row["window"]["to_s"] * 1e9),
        source=row["channel"],
        clock=row["clock"],
        explanation=row["reason"],
    )
