"""The two people around a pump: the physician with a programmer, the patient with a personal therapy manager."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any

from pumprig import _core
from pumprig._arguments import checked
from pumprig._errors import InputError, RefusedError


@dataclass(frozen=True)
class Finding:
    """What is to be said about a prescription. severity: "note", "confirm", "confirm_twice" or "refuse"."""

    severity: str
    text: str


@dataclass(frozen=True)
class Review:
    """What a prescription, a refill, … comes to. `figures` have their units spelled out; `text` is the page that a person reads."""

    figures: Mapping[str, str]
    findings: tuple[Finding, ...]
    refused: bool
    confirmations: int
    text: str


@dataclass(frozen=True)
class Prescription(Review):
    """mg_per_24h: the mean of the base; the highest figures are with the patient's boluses. `program` is what the pump is told, as
    PumpState.program has it."""

    mg_per_24h: float
    highest_mg_in_24h: float
    highest_mg_in_1h: float
    program: Mapping[str, Any]


@dataclass(frozen=True)
class Refill(Review):
    """error_percent: what was found against what was expected, of what was programmed; + is too much given. None: not measured, nothing
    was programmed since, or the pump's log does not tell what was filled in before; the two verdicts hold without it. judged_by_pump: what
    the pump itself says, "fits", "too_little_left" or "too_much_left". next_refill_in_days is None as well where that log does not tell."""

    expected_ml: float
    entered_ml: float
    error_percent: float | None
    over_infusion: bool | None
    under_infusion: bool | None
    judged_by_pump: str | None
    next_refill_in_days: float | None
    next_refill_by: str | None


@dataclass(frozen=True)
class PumpState:
    """What an interrogation found; `text` is the page of it, `alarm_list` the protocol's words of the alarms that stand.
    next_refill_in_days is None where it hangs on what the pump's log does not tell (`history_known`). `program` is all that stands in
    the pump: mode, base, schedule, boluses, ceilings, path, alarms; None while there is none."""

    therapy: str
    rate_now_ml_per_day: float
    reservoir_ml: float
    capacity_ml: float
    alarms: str
    drug: str
    concentration_mg_per_ml: float
    alarm_list: tuple[str, ...]
    battery_v: float
    battery_loaded_v: float
    battery_used_percent: float
    days_to_replacement: float
    temperature_c: float
    boluses_last_24h: int
    doses_left_24h: int
    boluses_granted: int
    boluses_refused: int
    given_since_refill_ml: float
    self_test_failed: str
    phase_remaining_ml: float
    calendar: str
    program_revision: int
    program: Mapping[str, Any] | None
    days_to_low: float | None
    next_refill_in_days: float | None
    next_refill_by: str | None
    history_known: bool
    text: str


@dataclass(frozen=True)
class LogEntry:
    """One entry of the pump's log; `text` has its figures with units. `calendar`: when it was, by the pump's calendar as it stands now;
    None while that was never set."""

    seq: int
    pump_s: float
    calendar: str | None
    event: str
    argument_1: int
    argument_2: int
    text: str


@dataclass(frozen=True)
class Proof:
    """How a pump is left. `banner` says why a session must not end like this; it is empty when therapy runs as programmed."""

    known: bool
    running: bool
    as_written: bool
    therapy: str
    program_revision: int
    banner: str
    text: str


@dataclass(frozen=True)
class Shown:
    """What the patient's device shows. known is False where nobody can say; numbers that nobody has said are None. `granted` is that of a
    request: None while its outcome is unknown, and for what only shows or mutes."""

    outcome: str
    granted: bool | None
    known: bool
    earlier: bool
    text: str
    next_dose_in_s: int | None
    doses_left_24h: int | None
    bridge_ends_in_s: int | None


def _review(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "figures": answer["figures"],
        "findings": tuple(Finding(**finding) for finding in answer["findings"]),
        **{name: answer[name] for name in ("refused", "confirmations", "text")},
    }


def _prescription(answer: Mapping[str, Any]) -> Prescription:
    names = ("mg_per_24h", "highest_mg_in_24h", "highest_mg_in_1h", "program")
    return Prescription(**_review(answer), **{name: answer[name] for name in names})


class Programmer:
    """The physician's session with one pump, over a link such as "pty:patient/pump" of a rig twin.

    The rules are those of `rig programmer`. Whatever has a review (a prescription, a refill, priming, a single bolus) wants `confirm=1`, a
    big change `confirm=2`; with less, InputError shows the review and nothing is changed. What the rules or the pump refuse raises
    RefusedError. LinkError leaves an outcome unknown: the next call opens the link again, and `session` then says what became of it. Where
    another pump answers on a link that came back, that is an error too, and nothing is asked of it.

    As a context manager it ends with end(): a session that leaves the patient without therapy raises RefusedError, unless it was ended with
    end(not_running=True).
    """

    def __init__(self, link: str, *, keys: str | PathLike[str] | None = None) -> None:
        checked({"link": link, "keys": keys})
        self._core = _core.Programmer(link, "" if keys is None else fspath(keys))
        self._ended = False

    def __enter__(self) -> Programmer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and not self._ended:
                self.end()
        finally:
            self._core.close()

    def close(self) -> None:
        """Leaves the pump as it is, without a proof."""
        self._core.close()

    def state(self) -> PumpState:
        """Interrogates the pump."""
        answer = json.loads(self._core.status())
        answer["alarm_list"] = tuple(answer["alarm_list"])
        return PumpState(**{name: answer.get(name) for name in PumpState.__dataclass_fields__})

    def review(
        self,
        *,
        drug: str,
        concentration: str,
        dose: str = "",
        schedule: str = "",
        minimum_rate: bool = False,
        periodic_dose: str = "",
        periodic_duration: str = "",
        periodic_interval: str = "",
        bolus_dose: str = "",
        bolus_duration: str = "",
        bolus_lockout: str = "",
        boluses_per_day: int = 0,
        pump_tube: str = "",
        catheter: str = "",
        low_reservoir: str = "",
    ) -> Prescription:
        """What a prescription comes to; changes nothing. Quantities are text with units, "5 mg/day", "20 mg/mL", "10 min".
        `periodic_dose` is that of a bolus at a constant interval beside `dose`, as a dose or a volume."""
        words = self._words(locals())
        return _prescription(json.loads(self._core.review(words)))

    def prescribe(
        self,
        *,
        drug: str,
        concentration: str,
        dose: str = "",
        schedule: str = "",
        minimum_rate: bool = False,
        periodic_dose: str = "",
        periodic_duration: str = "",
        periodic_interval: str = "",
        bolus_dose: str = "",
        bolus_duration: str = "",
        bolus_lockout: str = "",
        boluses_per_day: int = 0,
        pump_tube: str = "",
        catheter: str = "",
        low_reservoir: str = "",
        confirm: int = 0,
    ) -> Prescription:
        """Reviews a prescription as it is now, programs it and reads it back bit for bit."""
        words = self._words(locals())
        checked({"confirm": confirm})
        return _prescription(json.loads(self._core.prescribe(words, confirm)))

    @staticmethod
    def _words(given: Mapping[str, Any]) -> _core.PrescribeWords:
        checked(given)
        words = _core.PrescribeWords()
        for name, value in given.items():
            if name not in ("self", "confirm"):
                setattr(words, name, value)
        return words

    def refill(
        self,
        volume: str,
        *,
        measured: str | None = None,
        capacity: str | None = None,
        fill: str | None = None,
        correct: bool = False,
        confirm: int = 0,
    ) -> Refill:
        """Enters what is in the reservoir after filling. `measured` was drawn out before; `capacity` is that of the pump that is meant, by
        the patient's card, and another one's is refused; `fill` is "first", "later" or "diluted", where the pump's log does not know.
        `correct`: nothing was filled in, the volume of the last refill was entered wrong."""
        checked({"volume": volume, "measured": measured, "capacity": capacity, "fill": fill, "correct": correct, "confirm": confirm})
        answer = json.loads(self._core.refill(volume, measured or "", capacity or "", fill or "", correct, confirm))
        verdict = ("error_percent", "over_infusion", "under_infusion", "judged_by_pump")
        own = ("expected_ml", "entered_ml", *verdict, "next_refill_in_days", "next_refill_by")
        return Refill(**_review(answer), **{name: answer.get(name) for name in own})

    def prime(self, volume: str | None = None, *, confirm: int = 0) -> str:
        """Fills a dry path; without a volume all of it. Returns what was said."""
        checked({"volume": "" if volume is None else volume, "confirm": confirm})
        return self._said(self._core.prime(volume or "", confirm))

    def bolus(self, amount: str, duration: str, *, confirm: int = 0) -> str:
        """A single bolus, as a dose ("0.5 mg") or a volume ("25 uL")."""
        checked({"amount": amount, "duration": duration, "confirm": confirm})
        return self._said(self._core.bolus(amount, duration, confirm))

    def start(self) -> str:
        return self._said(self._core.start())

    def stop(self) -> str:
        """At once, without a question."""
        return self._said(self._core.stop())

    def cancel_bolus(self) -> str:
        return self._said(self._core.cancel_bolus())

    def cancel_priming(self) -> str:
        return self._said(self._core.cancel_priming())

    def clear_alarms(self) -> str:
        return self._said(self._core.clear_alarms())

    def silence(self, span: str) -> str:
        checked({"span": span})
        return self._said(self._core.silence(span))

    def test_alarm(self) -> str:
        return self._said(self._core.test_alarm())

    def self_test(self) -> str:
        """In full; therapy must be stopped. A part that fails is a refusal that names it."""
        return self._said(self._core.self_test())

    def set_clock(self, local_time: str | datetime) -> str:
        """The patient's wall clock, by which a day schedule goes. A datetime has no time zone here: which wall clock is
        meant, only the caller knows."""
        if isinstance(local_time, datetime) and local_time.tzinfo is not None:
            raise InputError(
                f"the pump's calendar is the patient's wall clock and has no time zone; {local_time} has one: "
                "turn it to the patient's and drop it, local_time.astimezone(...).replace(tzinfo=None)",
                "invalid_argument",
            )
        text = local_time.strftime("%Y-%m-%d %H:%M:%S") if isinstance(local_time, datetime) else local_time
        checked({"local_time": text})
        return self._said(self._core.set_clock(text))

    def update(self, image: str | Path) -> str:
        """Gives a stopped pump a signed firmware image (`rig image sign` makes the file), and sees that it starts it."""
        checked({"image": image})
        return self._said(self._core.update(str(image)))

    @staticmethod
    def _said(answer: str) -> str:
        text: str = json.loads(answer)["text"]
        return text

    def log(self, from_seq: int = 1) -> list[LogEntry]:
        checked({"from_seq": from_seq})
        return [LogEntry(**entry) for entry in json.loads(self._core.log(from_seq))["entries"]]

    def prove(self) -> Proof:
        """How the pump stands: program read back against what was written, and whether therapy runs."""
        return Proof(**json.loads(self._core.prove()))

    def end(self, *, not_running: bool = False) -> Proof:
        """Ends the session with its proof. RefusedError with the banner when therapy does not run as programmed; `not_running`: it is meant
        not to run. A program that is not the one written, or a pump that does not answer, raises in any case."""
        proof = self.prove()
        if proof.banner and not (not_running and proof.known and proof.as_written):
            raise RefusedError(proof.banner, "refused")
        self._ended = True
        return proof

    @property
    def printed(self) -> str:
        """The session so far: reviewed, confirmed, written, read back, refused."""
        return self._core.printed()

    @property
    def session(self) -> list[dict[str, Any]]:
        """The same as a list of entries."""
        entries: list[dict[str, Any]] = json.loads(self._core.session())["entries"]
        return entries

    def print(self, file: str | PathLike[str]) -> Path:
        """Writes the session to a file: as JSON where its name ends in .json, else as text."""
        path = Path(file)
        path.write_text(self._core.session() + "\n" if path.suffix == ".json" else self.printed)
        return path


class Ptm:
    """The patient's personal therapy manager, over the link of a pump.

    It never guesses: `known` is False while the outcome of a request is unknown. Such a request stands in the file `state` (one of the
    user's own unless given), and the next request() settles it, with the same nonce, before anything else is asked.
    """

    def __init__(self, link: str, *, keys: str | PathLike[str] | None = None, state: str | PathLike[str] | None = None) -> None:
        checked({"link": link, "keys": keys, "state": state})
        self._core = _core.Ptm(link, "" if keys is None else fspath(keys), "" if state is None else fspath(state))

    def __enter__(self) -> Ptm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the link back; the next call opens it again."""
        self._core.close()

    def request(self, *, patience_s: float = 30, on_unknown: Callable[[str], None] | None = None) -> Shown:
        """Asks for a dose. Within five seconds there is an answer, or `on_unknown` is told that there is none; the same request is then
        asked about for `patience_s`. Ctrl-C ends the patience."""
        checked({"patience_s": patience_s})
        if on_unknown is not None and not callable(on_unknown):
            raise InputError(f"on_unknown is a function that takes text, on_unknown=print; {on_unknown!r} is none", "invalid_argument")
        return Shown(**json.loads(self._core.request(patience_s, on_unknown)))

    def status(self) -> Shown:
        """What therapy does (`outcome`), when the next dose is possible, how many are left."""
        return Shown(**json.loads(self._core.status()))

    def mute(self, span: str = "10 min") -> Shown:
        """Silences the alarm for a while, 30 min at most."""
        checked({"span": span})
        return Shown(**json.loads(self._core.mute(span)))


def drug_library() -> list[dict[str, Any]]:
    """The drugs that may be prescribed, with their limits: examples for a simulator."""
    drugs: list[dict[str, Any]] = json.loads(_core.drug_library())["drugs"]
    return drugs
