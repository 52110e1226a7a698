"""A physician and a patient at the command line, on a virtual patient behind a pseudo-terminal."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from patient import BOLUS, MORPHINE, Patient, Relay, treat
from twin import Twin


def test_a_prescription_is_shown_with_its_units_spelled_out_and_programmed_only_when_confirmed(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    shown = patient.call("programmer", "prescribe", *MORPHINE, "--dose", "5 mg/day", *BOLUS)
    assert shown.returncode == 2
    for words in [
        "0.25 milliliters per day",
        "5 milligrams per day",
        "20 milligrams per milliliter",
        "6 milligrams per day",
        "--confirm 1",
    ]:
        assert words in shown.stderr
    assert patient.programmer("status")["program_revision"] == 0
    figures = patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", *BOLUS, "--confirm", "1")["figures"]
    assert figures["rate"] == "0.25 milliliters per day"
    status = patient.programmer("status")
    assert status["program_revision"] == 1
    assert status["days_to_low"] == pytest.approx(60, abs=0.01)
    slip = patient.call("programmer", "prescribe", *MORPHINE, "--dose", "0.9 mg/h", "--confirm", "1")
    assert slip.returncode == 1
    assert "more than the limit" in slip.stderr
    less = patient.call("programmer", "prescribe", *MORPHINE, "--dose", "3 mg/day", "--confirm", "1")
    assert less.returncode == 2
    assert "withdrawal" in less.stderr and "--confirm 2" in less.stderr
    assert patient.programmer("status")["program_revision"] == 1


def test_an_infeasible_prescription_is_refused_with_what_would_do(patient: Patient) -> None:
    refused = patient.call(
        "programmer", "prescribe", "--drug", "ziconotide", "--concentration", "100 mcg/mL", "--dose", "2.4 mcg/day", "--confirm", "2"
    )
    assert refused.returncode == 1
    assert "at most 50 micrograms per milliliter" in refused.stderr
    assert patient.programmer("status")["program_revision"] == 0


def test_what_the_pump_refuses_is_told_apart_from_a_wrong_word(patient: Patient) -> None:
    refused = patient.call("programmer", "--json", "start")
    assert (refused.returncode, json.loads(refused.stdout)["reason"]) == (1, "no_program")
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    long = patient.call("programmer", "--json", "silence", "--for", "30 h")
    assert (long.returncode, json.loads(long.stdout)["code"]) == (2, "invalid_argument")
    assert patient.call("programmer", "silence", "--for", "banana").returncode == 2


def test_another_concentration_becomes_a_bridge_and_the_patient_hears_until_when(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    weak = ["--drug", "morphine sulfate", "--concentration", "10 mg/mL", "--dose", "5 mg/day"]
    patient.programmer("prescribe", *weak, "--confirm", "1")
    patient.programmer("start")
    done = patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", *BOLUS, "--confirm", "1")
    assert done["figures"]["bridge dose"] == "3.75 milligrams"
    assert patient.programmer("status")["therapy"] == "bridging"
    code, answer = patient.ask_for_a_dose()
    assert (code, answer["outcome"]) == (1, "bridging")
    told = patient.call("ptm", "status").stdout
    assert "no dose can be given" in told and ("18 h" in told or "17 h 59 min" in told)


def test_a_dose_is_granted_once_and_the_next_one_named(patient: Patient) -> None:
    treat(patient)
    code, answer = patient.ask_for_a_dose()
    assert (code, answer["outcome"], answer["doses_left_24h"]) == (0, "granted", 3)
    assert 10_700 <= answer["next_dose_in_s"] <= 10_800
    code, answer = patient.ask_for_a_dose()
    assert (code, answer["outcome"]) == (1, "repeated_too_soon")
    assert patient.events("bolus_granted") == 1


def test_a_lost_answer_leaves_the_outcome_unknown_until_the_same_request_is_settled(patient: Patient) -> None:
    treat(patient)
    with Relay(patient.twin.ready["links"]["pump"], patient.folder / "line") as line:
        patient.link = f"unix:{line.path}"
        assert patient.call("ptm", "status").returncode == 0
        line.lose_answers_after(line.answers - 1)  # the pump is found, the request reaches it, and its answer is lost
        code, answer = patient.ask_for_a_dose("--patience", "1")
        assert (code, answer["outcome"]) == (3, "unknown")
        assert "Do not ask for another" in answer["text"]
        line.lose_answers_after(None)
        code, answer = patient.ask_for_a_dose()
        assert (code, answer["outcome"]) == (0, "granted")
        assert patient.events("bolus_granted") == 1


def test_a_stop_is_one_action_and_what_was_found_at_a_refill_is_judged(patient: Patient) -> None:
    treat(patient)
    assert patient.programmer("stop")["outcome"] == "done"
    assert patient.programmer("status")["therapy"] == "stopped"
    patient.programmer("refill", "--volume", "10 mL", "--confirm", "1")  # half a reservoir
    found = patient.programmer("refill", "--volume", "20 mL", "--measured", "8.9 mL", "--confirm", "1")
    # Nothing was programmed since the 10 mL, so 1.1 mL less is no percentage of it, and yet too little: so says the pump as well.
    assert found["expected_ml"] == pytest.approx(10, abs=0.01)
    assert (found["error_percent"], found["over_infusion"], found["judged_by_pump"]) == (None, True, "too_little_left")
    assert patient.programmer("prime", "--volume", "375 uL", "--confirm", "1")["outcome"] == "done"
    assert patient.programmer("status")["therapy"] == "priming"
    assert patient.programmer("cancel", "priming")["outcome"] == "done"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["prescribe", "--drug", "aspirin", "--concentration", "20 mg/mL", "--dose", "5 mg/day"], "the library has no drug"),
        (["prescribe", *MORPHINE, "--dose", "5 mL/day"], "write a dose such as"),
        (["prescribe", *MORPHINE, "--dose", "5 mg/day", "--bolus-dose", "1 mg"], "all four limits"),
        (["refill", "--volume", "20 mg"], "volume"),
    ],
)
def test_words_that_can_not_be_read_are_named_with_what_may_stand_there(patient: Patient, words: list[str], says: str) -> None:
    refused = patient.call("programmer", *words)
    assert refused.returncode == 2
    assert says in refused.stderr


def test_a_refill_meant_for_another_pump_is_blocked_with_the_reason(patient: Patient) -> None:
    for words, reason in [
        (["--volume", "40 mL"], "more than the 20 milliliters that this pump holds"),
        (["--volume", "20 mL", "--capacity", "40 mL"], "a pump of 40 milliliters was meant, and this one holds 20 milliliters"),
    ]:
        refused = patient.call("programmer", "refill", *words, "--confirm", "2")
        assert refused.returncode == 1
        assert reason in refused.stderr
    assert patient.programmer("status")["reservoir_ml"] == 0
    entered = patient.programmer("refill", "--volume", "20 mL", "--capacity", "20 mL", "--confirm", "1")
    assert entered["proof"]["running"] is False


def test_a_schedule_taken_back_to_a_small_dose_is_a_big_change(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    schedule = "daily 00:00 4 mg/day; mon-fri 07:00 6 mg/day"
    patient.programmer("prescribe", *MORPHINE, "--schedule", schedule, "--confirm", "1")
    less = patient.call("programmer", "prescribe", *MORPHINE, "--dose", "1 mg/day", "--confirm", "1")
    assert less.returncode == 2
    assert "withdrawal" in less.stderr and "--confirm 2" in less.stderr


PERIODIC = ["--periodic-dose", "0.25 mg", "--periodic-duration", "10 min", "--periodic-interval", "6 h"]


def test_periodic_boluses_are_shown_counted_and_given(patient: Patient, tmp_path: Path) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    long = [*MORPHINE, "--dose", "4 mg/day", *PERIODIC[:-1], "10 min"]
    refused = patient.call("programmer", "prescribe", *long, "--confirm", "2")
    assert refused.returncode == 1
    assert "make the interval longer" in refused.stderr
    printed = tmp_path / "session.txt"
    words = [*MORPHINE, "--dose", "4 mg/day", *PERIODIC]
    shown = patient.programmer("prescribe", *words, "--confirm", "1", "--print", str(printed))["figures"]
    assert shown["rate"] == "0.2 milliliters per day between boluses"
    assert shown["periodic bolus"] == "250 micrograms, 12.5 microliters"
    assert shown["dose of 24 hours"] == "5 milligrams per day"
    assert shown["highest hour"] == "416.667 micrograms"
    assert "in 72 days" in shown["next refill"]
    assert "periodic bolus          250 micrograms" in printed.read_text()
    # The pump works out the same date by itself, from what it was given.
    assert patient.programmer("status")["days_to_low"] == pytest.approx(72, abs=0.01)
    patient.programmer("start")
    assert patient.programmer("end")["running"] is True


def test_a_bridge_to_periodic_boluses_is_taken_by_the_pump_at_the_dose_of_all_of_them(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    weak = ["--drug", "morphine sulfate", "--concentration", "10 mg/mL", "--dose", "5 mg/day"]
    patient.programmer("prescribe", *weak, "--confirm", "1")
    patient.programmer("start")
    done = patient.programmer("prescribe", *MORPHINE, "--dose", "4 mg/day", *PERIODIC, "--confirm", "1")
    assert done["figures"]["bridge dose"] == "3.75 milligrams"
    status = patient.programmer("status")
    assert (status["therapy"], status["rate_now_ml_per_day"]) == ("bridging", 0.5)


def test_the_refill_date_is_that_of_the_drug_when_it_ends_before_the_volume(patient: Patient) -> None:
    entered = patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    assert "next_refill_in_days" not in entered  # no drug yet
    ziconotide = ["--drug", "ziconotide", "--concentration", "25 mcg/mL", "--dose", "2.4 mcg/day"]
    done = patient.programmer("prescribe", *ziconotide, "--confirm", "1")
    assert re.fullmatch(r"in 1[34] days, by the drug's stability after a first fill", done["figures"]["next refill"])
    status = patient.programmer("status")
    assert (status["next_refill_by"], round(status["next_refill_in_days"])) == ("stability", 14)
    again = patient.programmer("refill", "--volume", "18 mL", "--confirm", "1")  # nothing went out: the same fill, entered anew
    assert (again["next_refill_by"], again["next_refill_in_days"]) == ("stability", 14)
    stated = patient.programmer("refill", "--volume", "18 mL", "--fill", "later", "--confirm", "1")
    assert stated["next_refill_in_days"] == 84
    assert any("keeps no record" in finding["text"] for finding in stated["findings"])


def test_a_volume_that_was_entered_wrong_is_corrected_and_no_refill(patient: Patient) -> None:
    treat(patient)
    entered = patient.programmer("refill", "--correct", "--volume", "18 mL", "--capacity", "20 mL", "--confirm", "1")
    assert (entered["entered_ml"], "in it, corrected" in entered["figures"]) == (18, True)
    assert (patient.events("reservoir_entered"), patient.events("reservoir_corrected")) == (1, 1)
    both = patient.call("programmer", "refill", "--correct", "--volume", "18 mL", "--measured", "1 mL", "--confirm", "1")
    assert (both.returncode, "belong to a refill" in both.stderr) == (1, True)


def test_a_schedule_is_held_to_the_limit_in_every_24_hours_and_on_every_weekday(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    noon = "mon,wed-sun 00:00 1 mg/day; mon 12:00 30 mg/day; tue 00:00 30 mg/day; tue 12:00 1 mg/day"
    refused = patient.call("programmer", "prescribe", *MORPHINE, "--schedule", noon, "--confirm", "2")
    assert (refused.returncode, "highest 24 hours        30 milligrams" in refused.stderr) == (1, True)
    patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", "--confirm", "1")
    sunday = "mon-sat 00:00 4.1667 mg/day; sun 00:00 10 mg/day"
    once = patient.call("programmer", "prescribe", *MORPHINE, "--schedule", sunday, "--confirm", "1")
    assert (once.returncode, "sun from 5 milligrams to 10 milligrams" in once.stderr) == (2, True)
    patient.programmer("prescribe", *MORPHINE, "--schedule", sunday, "--confirm", "2")


def test_single_boluses_are_summed_and_meet_the_ceilings_before_they_are_confirmed(patient: Patient) -> None:
    treat(patient)
    over = patient.call("programmer", "bolus", "--dose", "2 mg", "--duration", "30 min", "--confirm", "2")
    assert (over.returncode, "now it would give 12.5 microliters, 250 micrograms" in over.stderr) == (1, True)
    patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", "--confirm", "2")  # without the patient's boluses there are none
    patient.programmer("bolus", "--dose", "10 mg", "--duration", "1 h", "--confirm", "2")
    patient.programmer("cancel", "bolus")
    patient.programmer("bolus", "--dose", "10 mg", "--duration", "1 h", "--confirm", "2")  # of the first next to nothing was given
    both = patient.call("programmer", "bolus", "--dose", "10 mg", "--duration", "1 h", "--confirm", "2")
    assert (both.returncode, "more than the limit" in both.stderr) == (1, True)


def test_a_bridge_that_was_stopped_in_the_middle_takes_another_dose(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", "--confirm", "1")
    patient.programmer("start")
    weak = ["--drug", "morphine sulfate", "--concentration", "10 mg/mL"]
    patient.programmer("prescribe", *weak, "--dose", "5 mg/day", "--confirm", "1")
    patient.programmer("stop")
    assert "the rest of the bridge first" in patient.programmer("status")["text"]
    patient.programmer("prescribe", *weak, "--dose", "5.5 mg/day", "--confirm", "1")
    back = patient.call("programmer", "review", *MORPHINE, "--dose", "5.5 mg/day")
    assert (back.returncode, "was stopped in the middle" in back.stdout) == (1, True)
    patient.programmer("start")
    assert patient.programmer("status")["therapy"] == "bridging"


def test_the_end_of_a_session_is_a_proof(patient: Patient) -> None:
    treat(patient)
    assert patient.programmer("end")["running"] is True
    patient.programmer("stop")
    left = patient.call("programmer", "end")
    assert left.returncode == 1
    assert "THERAPY IS NOT RUNNING" in left.stdout
    assert patient.call("programmer", "end", "--not-running").returncode == 0


def test_each_command_prints_its_session(patient: Patient) -> None:
    page, data = patient.folder / "session.txt", patient.folder / "session.json"
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1", "--print", str(page), "--print", str(data))
    assert "written    refill to 20 milliliters" in page.read_text()
    kinds = [entry["noted"] for entry in json.loads(data.read_text())["entries"]]
    assert kinds == ["pump", "pump", "reviewed", "confirmed", "written", "read_back", "proof"]
    treat(patient)
    patient.programmer("end", "--print", str(page))
    assert re.search(r"Next refill in \d+ days", page.read_text().split("proof")[-1])


def test_the_log_says_its_figures_with_their_units(patient: Patient) -> None:
    treat(patient)
    log = patient.call("programmer", "log").stdout
    assert "program accepted: revision 1, basal 0.25 milliliters per day" in log
    assert "reservoir refilled: 20 milliliters entered, 0 microliters expected" in log
    assert "none is missing, and the pump's chain of checksums is whole" in log


def test_a_pump_that_is_not_in_reach_is_said_to_be_and_nothing_is_asked(patient: Patient) -> None:
    treat(patient)
    with Relay(patient.twin.ready["links"]["pump"], patient.folder / "line") as line:
        patient.link = f"unix:{line.path}"
        line.lose_answers_after(0)
        code, answer = patient.ask_for_a_dose()
        assert (code, answer["outcome"], answer["known"]) == (3, "out_of_reach", False)
        assert not (patient.folder / "ptm.json").exists()
        line.lose_answers_after(None)
        assert patient.events("bolus_granted") == 0


def test_a_settled_request_is_told_as_the_earlier_one_and_the_state_says_what_is_open(patient: Patient) -> None:
    treat(patient)
    state = ["--state", str(patient.folder / "ptm.json")]
    with Relay(patient.twin.ready["links"]["pump"], patient.folder / "line") as line:
        patient.link = f"unix:{line.path}"
        assert patient.call("ptm", "status").returncode == 0
        line.lose_answers_after(line.answers - 1)
        assert patient.ask_for_a_dose("--patience", "1")[0] == 3
        line.lose_answers_after(None)
        status = patient.call("ptm", "status", *state)
        assert status.returncode == 3
        assert "not known yet" in status.stdout
        code, answer = patient.ask_for_a_dose()
        assert (code, answer["earlier"], answer["granted"]) == (0, True, True)
        assert patient.call("ptm", "status", *state).returncode == 0
        assert patient.events("bolus_granted") == 1


def test_the_request_of_a_pump_that_is_gone_is_not_settled_by_another(patient: Patient, rig: str, tmp_path: Path) -> None:
    treat(patient)
    state = ["--state", str(patient.folder / "ptm.json")]
    with Relay(patient.twin.ready["links"]["pump"], patient.folder / "line") as line:
        patient.link = f"unix:{line.path}"
        assert patient.call("ptm", "status").returncode == 0
        line.lose_answers_after(line.answers - 1)
        assert patient.ask_for_a_dose("--patience", "1")[0] == 3
        written = (patient.folder / "ptm.json").read_text()
        other = Twin(rig, tmp_path / "other")  # begun anew behind the same line
        try:
            line.pty = other.ready["links"]["pump"]
            line.lose_answers_after(None)
            code, answer = patient.ask_for_a_dose()
            assert (code, answer["outcome"], answer["granted"]) == (3, "unknown", None)
            assert "this is another pump, or it has lost its memory" in answer["text"]
            assert "this is another pump" in patient.call("ptm", "status", *state).stdout
            assert (patient.folder / "ptm.json").read_text() == written
            patient.link = f"pty:{other.ready['links']['pump']}"  # over a link of its own it is a pump of its own
            code, answer = patient.ask_for_a_dose()
            assert (code, answer["earlier"], answer["granted"]) == (1, False, False)
        finally:
            other.stop()
    patient.link = f"unix:{line.path}"
    gone = patient.call("ptm", "status", *state)
    assert (gone.returncode, "not in reach" in gone.stdout, "not known yet" in gone.stdout) == (3, True, True)


def test_a_word_that_is_no_command_is_named_with_the_one_that_was_meant(patient: Patient) -> None:
    for words, says in [
        (["statsu"], 'there is no "rig programmer statsu"; did you mean "status"?'),
        (["interrogate"], 'there is no "rig programmer interrogate"; known are '),
    ]:
        wrong = patient.call("programmer", *words)
        assert wrong.returncode == 2
        assert says in wrong.stderr
    wrong = subprocess.run([patient.rig, "rnu"], capture_output=True, text=True)
    assert (wrong.returncode, 'there is no "rig rnu"; did you mean "run"?' in wrong.stderr) == (2, True)


def test_during_a_bridge_programs_hear_until_when(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    patient.programmer("clock", "--to", "2026-03-02 08:00:00")
    weak = ["--drug", "morphine sulfate", "--concentration", "10 mg/mL", "--dose", "5 mg/day"]
    patient.programmer("prescribe", *weak, "--confirm", "1")
    patient.programmer("start")
    shown = patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", *BOLUS, "--confirm", "1")["figures"]
    assert shown["bridge until about"].startswith("2026-03-03 02:0")
    code, answer = patient.ask_for_a_dose()
    assert (code, answer["outcome"]) == (1, "bridging")
    assert 64_000 < answer["bridge_ends_in_s"] <= 64_800
    assert "until about 2026-03-03 02:0" in answer["text"]


def test_a_link_may_be_named_from_where_one_stands(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(patient.folder)
    patient.link = "pty:twin/pump"
    assert patient.programmer("status")["program_revision"] == 0
    assert patient.call("ptm", "status").returncode == 0


def sign(patient: Patient, folder: Path, version: str) -> Path:
    """An image that test pumps take: signed with the key that the sources hold for them."""
    header = (Path(__file__).resolve().parents[2] / "rig/security/test_image_key.h").read_text()
    found = re.search(r"-----BEGIN.*?-----END EC PRIVATE KEY-----\n", header, re.S)
    assert found is not None
    key = folder / "maker.pem"
    key.write_text(found[0])
    key.chmod(0o600)
    binary, image = folder / f"pump-{version}.bin", folder / f"pump-{version}.json"
    binary.write_bytes(bytes(range(256)) * 5 + version.encode())
    maker = ["--key", str(key), "--model", "PR-20", "--version", version, "--out", str(image)]
    command = [patient.rig, "image", "sign", str(binary), *maker]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return image


def test_a_stopped_pump_takes_a_signed_image_above_its_own_and_runs_it(patient: Patient, tmp_path: Path) -> None:
    image = sign(patient, tmp_path, "0.2.0")
    treat(patient)
    refused = patient.call("programmer", "update", str(image))
    assert (refused.returncode, "therapy runs; stop it first" in refused.stdout) == (1, True)
    patient.programmer("stop")
    done = patient.programmer("update", str(image))
    assert "runs firmware 0.2.0" in done["text"]
    assert patient.programmer("status")["therapy"] == "stopped"
    again = patient.call("programmer", "update", str(image))
    assert (again.returncode, "not above" in again.stdout) == (1, True)
    assert patient.events("image_activated") == 1
    patient.programmer("start")


def test_an_altered_image_is_refused_by_the_file_or_by_the_pump(patient: Patient, tmp_path: Path) -> None:
    image = sign(patient, tmp_path, "0.2.0")
    written = json.loads(image.read_text())
    written["version"] = "0.3.0"
    image.write_text(json.dumps(written))
    refused = patient.call("programmer", "update", str(image))
    assert (refused.returncode, "signature is not the maker's" in refused.stdout) == (1, True)
    written["signature"] = written["signature"][2:]
    written["model"] = ""
    image.write_text(json.dumps(written))
    refused = patient.call("programmer", "update", str(image))
    assert refused.returncode == 2
    assert "128 hexadecimal digits" in refused.stderr and "1 to 16 characters" in refused.stderr
    image.unlink()
    (tmp_path / "pump-0.2.0.bin").write_bytes(b"other bytes")
    assert "rig image sign" in patient.call("programmer", "update", str(image)).stderr
