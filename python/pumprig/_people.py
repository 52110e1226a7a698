"""The two people around a pump: the physician with a programmer, the patient with a personal therapy manager."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any

from pumprig import _core
from pumprig._answers import LogEntry, Prescription, Proof, PumpState, Refill, Shown, prescription_of, review_of
from pumprig._arguments import checked
from pumprig._errors import InputError, RefusedError


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
        return prescription_of(json.loads(self._core.review(words)))

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
        return prescription_of(json.loads(self._core.prescribe(words, confirm)))

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
        return Refill(**review_of(answer), **{name: answer.get(name) for name in own})

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
