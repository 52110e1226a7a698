"""What the devices around a pump say to programs, and how they leave it when they are cut short or not alone."""

from __future__ import annotations

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

from patient import BOLUS, MORPHINE, Patient, treat
from test_dialogue import NEXT, Typist


def test_whatever_is_not_done_is_told_to_programs_on_stdout(patient: Patient) -> None:
    few = patient.call("programmer", "--json", "refill", "--volume", "20 mL")
    told = json.loads(few.stdout)
    assert (few.returncode, told["outcome"], told["code"]) == (2, "needs_confirmation", "invalid_argument")
    assert told["review"]["confirmations"] == 1
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    much = patient.call("programmer", "--json", "prescribe", *MORPHINE, "--dose", "50 mg/day", "--confirm", "2")
    told = json.loads(much.stdout)
    assert (much.returncode, told["outcome"], told["review"]["refused"]) == (1, "refused", True)
    words = patient.call("programmer", "--json", "prescribe", *MORPHINE, "--dose", "5 mL/day")
    assert (words.returncode, json.loads(words.stdout)["outcome"]) == (2, "error")
    assert patient.programmer("status")["alarm_list"] == []


def test_a_pump_that_is_not_there_is_no_wrong_word(patient: Patient) -> None:
    patient.link = f"pty:{patient.folder}/nowhere"
    gone = patient.call("programmer", "--json", "end")
    assert (gone.returncode, json.loads(gone.stdout)["outcome"]) == (3, "open")
    stop = patient.call("programmer", "stop")
    assert (stop.returncode, "MAY STILL RUN" in stop.stderr) == (3, True)


def test_a_file_that_can_not_be_printed_is_found_out_before_anything_is_done(patient: Patient) -> None:
    treat(patient)
    wrong = patient.call("programmer", "stop", "--print", "/nonexistent/x")
    assert (wrong.returncode, "/nonexistent/x" in wrong.stderr) == (2, True)
    assert patient.programmer("status")["therapy"] == "running"


def test_ctrl_c_in_a_dialogue_proves_how_the_pump_is_left_and_prints(patient: Patient) -> None:
    treat(patient)
    page = patient.folder / "session.txt"
    typist = Typist(patient, "--print", str(page))
    typist.wait_for(NEXT)
    typist.process.send_signal(signal.SIGINT)
    typist.wait_for("The input has ended")
    assert typist.process.wait(60) == 3
    assert "proof      Therapy runs" in page.read_text()


def test_many_at_once_take_turns(patient: Patient) -> None:
    treat(patient)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda device: patient.call(device, "status").returncode, ["programmer"] * 6))
    assert found == [0] * 6


def test_a_refill_by_hand_is_fluid_and_its_entry(patient: Patient) -> None:
    treat(patient)
    hand = [patient.rig, "twin-control", str(patient.folder / "twin")]

    def said(*words: str) -> str:
        return subprocess.run([*hand, *words], capture_output=True, text=True, check=True).stdout

    assert said("reservoir", "12 mL") == "done\n"
    assert float(said("truth", "reservoir_ul")) > 11_990
    assert said("magnet", "on") == "done\n"
    assert said("active") == "magnet\n"
    assert said("magnet", "off") == "done\n"
    assert said("speed", "30") == said("speed") == "30\n"
    assert "occlusion  " in said("faults")
    wrong = subprocess.run([*hand, "inject", "no_such_fault"], capture_output=True, text=True)
    assert (wrong.returncode, "no_such_fault" in wrong.stderr) == (2, True)


def test_the_patient_hears_when_all_limits_allow_the_next_dose(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    once = [*BOLUS[:-1], "1"]
    patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", *once, "--confirm", "1")
    patient.programmer("start")
    code, answer = patient.ask_for_a_dose()
    assert (code, answer["doses_left_24h"]) == (0, 0)
    assert 86_300 <= answer["next_dose_in_s"] <= 86_400


def test_a_twin_needs_a_speed_above_nought(rig: str) -> None:
    wrong = subprocess.run([rig, "twin", "--ptys", "/tmp/never", "--speed", "0"], capture_output=True, text=True)
    assert (wrong.returncode, "a number above 0" in wrong.stderr) == (2, True)
