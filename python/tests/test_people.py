"""Physician and patient in Python, on a virtual patient: the rules are those of the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from patient import Patient, Relay

import pumprig

MORPHINE: dict[str, Any] = {"drug": "morphine sulfate", "concentration": "20 mg/mL"}
BOLUS: dict[str, Any] = {"bolus_dose": "0.25 mg", "bolus_duration": "10 min", "bolus_lockout": "3 h", "boluses_per_day": 4}


def treat(physician: pumprig.Programmer) -> None:
    physician.refill("20 mL", capacity="20 mL", confirm=1)
    physician.prescribe(**MORPHINE, dose="5 mg/day", **BOLUS, confirm=1)
    physician.start()


def test_a_session_ends_with_its_proof(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        assert physician.state().program_revision == 0
        physician.set_clock(datetime(2026, 3, 2, 8))
        treat(physician)
        with pytest.raises(pumprig.InputError, match="has no time zone"):
            physician.set_clock(datetime(2026, 3, 2, 8, tzinfo=UTC))
        state = physician.state()
        assert (state.therapy, state.drug, state.capacity_ml) == ("running", "morphine sulfate", 20)
        assert state.days_to_replacement > 365 and 0 < state.battery_used_percent < 10 and 2.5 < state.battery_loaded_v < 3.5
        assert 36 < state.temperature_c < 38 and state.alarm_list == ()
        assert state.next_refill_in_days == pytest.approx(60, abs=0.01)
        proof = physician.end()
    assert proof.running and proof.as_written and not proof.banner
    assert "confirmed  once" in physician.printed
    with pytest.raises(pumprig.InputError, match="closed"):
        physician.start()


def test_all_that_stands_in_the_pump_is_told_and_a_wrong_volume_corrected(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        assert physician.state().program is None
        treat(physician)
        program = physician.state().program
        assert program is not None
        assert (program["mode"], program["base_mg_per_day"], program["pump_tube_ml"]) == ("continuous", 5, 0.199)
        assert (program["patient_bolus"]["mg"], program["patient_bolus"]["lockout_s"], program["periodic_bolus"]) == (0.25, 10_800, None)
        corrected = physician.refill("18 mL", capacity="20 mL", correct=True, confirm=1)
        assert (corrected.entered_ml, corrected.judged_by_pump) == (18, None)
        assert physician.state().reservoir_ml == pytest.approx(18, abs=0.01)
        assert {entry.event for entry in physician.log()} >= {"reservoir_entered", "reservoir_corrected"}
        assert all(entry.calendar is None for entry in physician.log())
        with pytest.raises(pumprig.InputError, match="correct is True or False"):
            physician.refill("18 mL", correct="yes", confirm=1)  # type: ignore[arg-type]


def test_a_session_that_leaves_the_patient_without_therapy_does_not_end_quietly(patient: Patient) -> None:
    with pytest.raises(pumprig.RefusedError, match="THERAPY IS NOT RUNNING"), pumprig.Programmer(patient.link) as physician:
        physician.refill("20 mL", confirm=1)
    with pumprig.Programmer(patient.link) as physician:
        assert not physician.end(not_running=True).running
    with pytest.raises(ZeroDivisionError), pumprig.Programmer(patient.link):
        raise ZeroDivisionError  # another error is not hidden behind the banner


def test_too_few_confirmations_change_nothing_and_show_the_review(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
        review = physician.review(**MORPHINE, dose="3 mg/day")
        with pytest.raises(pumprig.InputError, match="confirm is a whole number"):
            physician.prescribe(**MORPHINE, dose="3 mg/day", confirm=True)
        assert (review.confirmations, review.refused) == (2, False)
        assert any(finding.severity == "confirm_twice" and "withdrawal" in finding.text for finding in review.findings)
        assert review.figures["rate"] == "0.15 milliliters per day"
        for confirm in (0, 1):
            with pytest.raises(pumprig.InputError, match="pass confirm=2"):
                physician.prescribe(**MORPHINE, dose="3 mg/day", confirm=confirm)
        assert physician.state().program_revision == 1
        physician.prescribe(**MORPHINE, dose="3 mg/day", confirm=2)
        assert physician.state().program_revision == 2


def test_periodic_boluses_are_a_part_of_the_dose(patient: Patient) -> None:
    every_six_hours: dict[str, Any] = {"periodic_dose": "12.5 uL", "periodic_duration": "10 min", "periodic_interval": "6 h"}
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
        # 4 mg/day and four times 0.25 mg are the 5 mg/day that run: no change of the day's dose.
        review = physician.prescribe(**MORPHINE, **every_six_hours, dose="4 mg/day", confirm=1)
        assert review.figures["periodic bolus"] == "250 micrograms, 12.5 microliters"
        assert review.figures["dose of 24 hours"] == "5 milligrams per day"
        with pytest.raises(pumprig.InputError, match="all three"):
            physician.review(**MORPHINE, dose="4 mg/day", periodic_dose="0.25 mg")
        with pytest.raises(pumprig.InputError, match="beside a constant dose"):
            physician.review(**MORPHINE, **every_six_hours, minimum_rate=True)


def test_a_review_has_its_figures_as_numbers_too(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        # 5 mg/day and four boluses of 0.25 mg; of any hour 5/24 mg and one bolus. 0.25 mL/day let 77 kPa of 0.2 uL/kPa take 88.7 min.
        review = physician.review(**MORPHINE, dose="5 mg/day", **BOLUS)
        assert (review.mg_per_24h, review.highest_mg_in_24h) == (5, 6)
        assert review.highest_mg_in_1h == pytest.approx(5 / 24 + 0.25, abs=1e-6)
        assert (review.program["base_ml_per_day"], review.program["patient_bolus"]["ml"]) == (0.25, 0.0125)
        assert review.program["occlusion_alarm_within_s"] == pytest.approx(77 * 0.2 / 250 * 86_400 + 10, abs=1)
        assert physician.prescribe(**MORPHINE, dose="5 mg/day", **BOLUS, confirm=1) == review
        assert physician.state().program == review.program
        physician.end(not_running=True)


def test_what_is_refused_is_an_exception_with_the_reason(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
        with pytest.raises(pumprig.RefusedError, match="more than the limit"):
            physician.prescribe(**MORPHINE, dose="0.9 mg/h", confirm=2)
        with pytest.raises(pumprig.RefusedError, match="a pump of 40 milliliters was meant"):
            physician.refill("20 mL", capacity="40 mL", confirm=2)
        with pytest.raises(pumprig.RefusedError, match="nothing_runs"):
            physician.cancel_bolus()
        with pytest.raises(pumprig.InputError, match="first, later or diluted"):
            physician.refill("20 mL", fill="half", confirm=1)
        with pytest.raises(pumprig.NotFoundError, match="the library has no drug"):
            physician.review(drug="aspirin", concentration="20 mg/mL", dose="5 mg/day")
        with pytest.raises(pumprig.InputError, match="write a dose such as"):
            physician.review(**MORPHINE, dose="5 mL/day")
        assert [entry["noted"] for entry in physician.session].count("refused") == 3
    assert {drug["drug"] for drug in pumprig.drug_library()} == {"morphine sulfate", "ziconotide", "baclofen"}


def test_bolus_log_and_print(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
        assert "12.5 microliters" in physician.bolus("0.25 mg", "30 min", confirm=1)
        entry = physician.log()[-1]
        assert (entry.event, entry.argument_1) == ("clinician_bolus_given", 12_500)
        assert entry.text.endswith("12.5 microliters, duration 30 min")
        physician.cancel_bolus()
        page = physician.print(patient.folder / "session.txt")
        assert page.read_text() == physician.printed


def test_a_patient_asks_once_and_is_told(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
    ptm = pumprig.Ptm(patient.link, state=patient.folder / "ptm.json")
    answer = ptm.request()
    assert (answer.outcome, answer.granted, answer.known, answer.doses_left_24h) == ("granted", True, True, 3)
    assert answer.next_dose_in_s is not None and 10_700 <= answer.next_dose_in_s <= 10_800
    again = ptm.request()
    assert (again.granted, again.known) == (False, True)
    status = ptm.status()
    assert (status.outcome, status.granted) == ("bolus", None)
    assert ptm.mute("5 min").text.startswith("The alarm is silent for 5 min")
    with pytest.raises(pumprig.InputError, match="at most 30 min"):
        ptm.mute("45 min")


def test_a_lost_answer_is_unknown_and_settled_by_the_next_request(patient: Patient) -> None:
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
    with (
        Relay(patient.twin.ready["links"]["pump"], patient.folder / "line") as line,
        pumprig.Ptm(f"unix:{line.path}", state=patient.folder / "ptm.json") as ptm,
    ):
        assert ptm.status().known
        line.lose_answers_after(line.answers)
        told: list[str] = []
        lost = ptm.request(patience_s=3, on_unknown=told.append)
        assert (lost.outcome, lost.known, lost.next_dose_in_s) == ("unknown", False, None)
        assert "It is unknown whether the dose was given" in told[0]
        line.lose_answers_after(None)
        settled = ptm.request()
        assert (settled.granted, settled.earlier, settled.known) == (True, True, True)
        assert ptm.status().known
    with pumprig.Programmer(patient.link) as physician:
        assert sum(entry.event == "bolus_granted" for entry in physician.log()) == 1


def test_an_argument_of_a_wrong_type_is_named_with_an_example(patient: Patient) -> None:
    wrong: Any = 25
    with pumprig.Programmer(patient.link) as physician:
        treat(physician)
        calls: list[tuple[Callable[[], object], str]] = [
            (lambda: physician.review(drug="morphine sulfate", concentration=wrong, dose="5 mg/day"), "concentration='20 mg/mL'"),
            (lambda: physician.review(drug=wrong, concentration="20 mg/mL"), "drug='morphine sulfate'"),
            (lambda: physician.prescribe(**MORPHINE, dose="5 mg/day", confirm=-1), "confirm=1"),
            (lambda: physician.prescribe(**MORPHINE, dose="5 mg/day", boluses_per_day=wrong / 2), "boluses_per_day=4"),
            (lambda: physician.refill(wrong), "volume='20 mL'"),
            (lambda: physician.bolus("0.5 mg", wrong), "duration='30 min'"),
            (lambda: physician.silence(wrong), "span='10 min'"),
            (lambda: physician.set_clock(wrong), "local_time='2026-03-02 08:00:00'"),
            (lambda: physician.log(wrong / 2), "from_seq=1"),
            (lambda: pumprig.Programmer(wrong), "link='pty:patient/pump'"),
            (lambda: pumprig.Ptm(patient.link).mute(wrong), "span='10 min'"),
            (lambda: pumprig.Ptm(patient.link).request(patience_s=-wrong), "patience_s=30"),
        ]
        for call, says in calls:
            with pytest.raises(pumprig.InputError) as wrong_type:
                call()
            assert says in str(wrong_type.value)
        with pytest.raises(pumprig.InputError, match="silences nothing"):
            physician.silence("0 s")
        with pytest.raises(pumprig.InputError, match="before 2000-01-01"):
            physician.set_clock("1999-01-01 00:00:00")
    with pytest.raises(pumprig.InputError, match="silences nothing"):
        pumprig.Ptm(patient.link).mute("0 s")


def test_a_pump_that_is_not_there(patient: Patient) -> None:
    with pytest.raises(pumprig.NotFoundError):
        pumprig.Programmer(f"unix:{patient.folder}/nobody")
    with pytest.raises(pumprig.LinkError):
        pumprig.Programmer("tcp:127.0.0.1:1")
    shown = pumprig.Ptm("tcp:127.0.0.1:1", state=patient.folder / "ptm.json").request()
    assert (shown.outcome, shown.granted, shown.known) == ("out_of_reach", False, False)
    nobody = pumprig.Ptm(f"pty:{patient.folder}/nobody/pump", state=patient.folder / "ptm.json")
    assert [nobody.request().outcome, nobody.status().outcome, nobody.mute().outcome] == ["out_of_reach"] * 3
    with pytest.raises(pumprig.InputError):
        pumprig.Ptm("nonsense").request()
