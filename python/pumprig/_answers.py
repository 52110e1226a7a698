"""What a programmer and a personal therapy manager answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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


def review_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "figures": answer["figures"],
        "findings": tuple(Finding(**finding) for finding in answer["findings"]),
        **{name: answer[name] for name in ("refused", "confirmations", "text")},
    }


def prescription_of(answer: Mapping[str, Any]) -> Prescription:
    names = ("mg_per_24h", "highest_mg_in_24h", "highest_mg_in_1h", "program")
    return Prescription(**review_of(answer), **{name: answer[name] for name in names})
