"""The physician's dialogue, typed at a pseudo-terminal as a person types it: each answer when its question stands there."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import time

from patient import Patient, Relay

NEXT = "What next (? for the list): "


class Typist:
    """Holds a dialogue: waits for the words of a question, types the answer."""

    def __init__(self, patient: Patient, *options: str) -> None:
        self.terminal, theirs = pty.openpty()
        command = [patient.rig, "programmer", "--link", patient.link, "dialogue", *options]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.seen = ""
        self.read_to = 0

    def wait_for(self, words: str) -> str:
        """What was said up to these words, since the last ones that were waited for."""
        hang = time.monotonic() + 120  # against one that would never end
        while words not in self.seen[self.read_to :]:
            assert time.monotonic() < hang, f"{words!r} never came:\n{self.seen}"
            assert self.hear(), f"{words!r} did not come:\n{self.seen}"
        end = self.seen.index(words, self.read_to) + len(words)
        said, self.read_to = self.seen[self.read_to : end], end
        return said

    def hear(self) -> bool:
        if not select.select([self.terminal], [], [], 60)[0]:
            return False
        heard = b""
        with contextlib.suppress(OSError):  # of a terminal that nobody holds any more
            heard = os.read(self.terminal, 4096)
        self.seen += heard.decode().replace("\r\n", "\n")
        return bool(heard)

    def type(self, words: str) -> None:
        os.write(self.terminal, words.encode() + b"\n")

    def answer(self, question: str, words: str) -> str:
        said = self.wait_for(question)
        self.type(words)
        return said

    def hang_up(self) -> None:
        """Ctrl-D: the end of the input."""
        os.write(self.terminal, b"\x04")

    def end(self) -> int:
        while self.hear():
            pass
        os.close(self.terminal)
        return self.process.wait(60)


def refill(typist: Typist) -> None:
    typist.answer(NEXT, "refill")
    typist.answer("before filling [not measured]: ", "")
    typist.answer("by the patient's card: ", "20 mL")
    typist.answer("after filling: ", "20 mL")
    typist.answer("(yes/no): ", "yes")


def prescribe(typist: Typist, dose: str) -> None:
    typist.answer(NEXT, "prescribe")
    typist.answer("Drug", "morphine")
    typist.answer("filled in: ", "20 mg/mL")
    typist.answer('or "minimum rate": ', dose)
    typist.answer("boluses (yes/no): ", "yes")
    typist.answer("Dose of a bolus: ", "0.25 mg")
    typist.answer("Given within: ", "10 min")
    typist.answer("to the next: ", "3 h")
    typist.answer("at most: ", "4")
    typist.answer("pump's tube [199 uL]: ", "")
    typist.answer("catheter [176 uL]: ", "")
    typist.answer("Low alarm at", "4 mL")


def test_a_session_from_the_refill_to_the_proof(patient: Patient) -> None:
    page, data = patient.folder / "session.txt", patient.folder / "session.json"
    typist = Typist(patient, "--print", str(page), "--print", str(data))
    refill(typist)
    prescribe(typist, "5 mg/day")
    review = typist.answer("meant (yes/no): ", "yes")
    for words in [
        "0.25 milliliters per day",
        "5 milligrams per day",
        "20 milligrams per milliliter",
        "208.3 micrograms per hour",
        "6 milligrams per day",
        "in 53 days, by volume",
        "high dose to begin",
    ]:
        assert words in review
    typist.wait_for("Programmed and read back bit for bit.")
    typist.answer(NEXT, "end")
    assert "THERAPY IS NOT RUNNING" in typist.answer("all the same: ", "start")
    typist.wait_for("read back bit for bit.")
    assert typist.end() == 0
    printed = page.read_text()
    for words in ["answered   5 mg/day", "confirmed  once", "written    the program, revision 1", "written    start therapy"]:
        assert words in printed
    proof = printed[printed.rindex("proof") :]
    assert "program revision 1 read back bit for bit." in proof
    assert "20 milliliters of 20 milliliters" in proof or "19.99" in proof
    assert json.loads(data.read_text())["entries"][-1]["noted"] == "proof"
    assert patient.programmer("status")["therapy"] == "running"


def test_wrong_answers_are_explained_and_a_big_change_is_confirmed_with_the_dose(patient: Patient) -> None:
    typist = Typist(patient)
    refill(typist)
    typist.answer(NEXT, "prescribbe")
    assert "not in the list" in typist.wait_for(NEXT)
    typist.type("back")
    prescribe(typist, "5 mg/day")
    typist.answer("meant (yes/no): ", "maybe")
    assert "type yes or no" in typist.answer("(yes/no): ", "yes")
    prescribe(typist, "0.5 mg/h")
    assert "more than is usual" in typist.answer("meant (yes/no): ", "yes")
    typist.answer("once more: ", "0.5 mg/h")
    assert "not what the review says" in typist.answer("or go back: ", "dose")
    typist.answer('or "minimum rate": ', "50 mg/day")
    assert "more than the limit of morphine sulfate" in typist.answer('or "minimum rate": ', "3 mg/day")
    assert "withdrawal" in typist.answer("meant (yes/no): ", "yes")
    typist.answer("once more: ", "3 mg/day")
    typist.wait_for("read back bit for bit.")
    typist.answer(NEXT, "end")
    typist.answer("all the same: ", "not running")
    assert typist.end() == 1
    status = patient.programmer("status")
    assert (status["program_revision"], status["therapy"]) == (2, "stopped")


def test_stop_is_one_word_at_any_question(patient: Patient) -> None:
    typist = Typist(patient)
    refill(typist)
    prescribe(typist, "5 mg/day")
    typist.answer("meant (yes/no): ", "yes")
    typist.answer(NEXT, "start")
    typist.answer(NEXT, "bolus")
    typist.answer("of the bolus: ", "stop")
    typist.wait_for("Therapy is STOPPED")
    typist.answer(NEXT, "end")
    typist.answer("all the same: ", "not running")
    assert typist.end() == 1
    assert patient.programmer("status")["therapy"] == "stopped"
    assert patient.events("clinician_bolus_given") == 0


def test_the_end_of_the_input_leaves_the_pump_as_it_is_and_says_so(patient: Patient) -> None:
    page = patient.folder / "session.txt"
    typist = Typist(patient, "--print", str(page))
    refill(typist)
    prescribe(typist, "5 mg/day")
    typist.wait_for("meant (yes/no): ")
    typist.hang_up()
    said = typist.wait_for("must not leave like this.")
    assert "The input has ended. Nothing more is changed" in said
    assert typist.end() == 3
    assert "proof      THERAPY IS NOT RUNNING" in page.read_text()
    assert patient.programmer("status")["program_revision"] == 0


def test_a_link_cut_in_the_middle_of_a_program_is_told_as_unknown_and_then_as_what_stands(patient: Patient) -> None:
    pump = patient.twin.ready["links"]["pump"]
    with Relay(pump, patient.folder / "line") as line:
        patient.link = f"unix:{line.path}"
        typist = Typist(patient)
        refill(typist)
        prescribe(typist, "5 mg/day")
        typist.wait_for("meant (yes/no): ")
        line.lose_answers_after(line.answers + 2)  # the pump and its program are read; the answer to the write is lost
        typist.type("yes")
        assert "UNKNOWN" in typist.wait_for(NEXT)
        line.lose_answers_after(None)
        typist.type("end")
        told = typist.answer("all the same: ", "start")
        assert "Now it is known: the program whose answer was lost stands in the pump, bit for bit." in told
        typist.wait_for("read back bit for bit.")
        assert typist.end() == 0
    patient.link = f"pty:{pump}"
    assert patient.programmer("status")["program_revision"] == 1
