"""The telemetry protocol's golden frames, built a second time from the byte diagrams of firmware/protocol/README.md.

Shares nothing with the C++ encoder: layouts are struct formats, the CRC is zlib's, COBS is written out here.
"""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).resolve().parents[2] / "firmware" / "protocol" / "vectors.json"

ROLES = {"patient": 1, "clinician": 2, "service": 3}
# Each message: number, then (field, struct format) in order; a nested record is a list of such pairs, a list is ("[]", pairs).
SEGMENT = [("weekdays", "B"), ("start_min", "H"), ("rate_nl_per_day", "I")]
PROGRAM: list[Any] = [
    ("mode", "B"),
    ("basal_rate_nl_per_day", "I"),
    ("patient_bolus_enabled", "?"),
    ("bolus_dose_nl", "I"),
    ("bolus_duration_s", "I"),
    ("bolus_lockout_s", "I"),
    ("bolus_max_per_24h", "B"),
    ("ceiling_1h_nl", "I"),
    ("ceiling_24h_nl", "I"),
    ("low_reservoir_threshold_nl", "I"),
    ("occlusion_trip_pa", "i"),
    ("critical_repeat_min", "H"),
    ("noncritical_repeat_min", "H"),
    ("periodic_dose_nl", "I"),
    ("periodic_duration_s", "I"),
    ("periodic_interval_s", "I"),
    ("drug", "H"),
    ("concentration_ng_per_ml", "I"),
    ("pump_tube_nl", "I"),
    ("catheter_nl", "I"),
    ("bridge_volume_nl", "I"),
    ("bridge_rate_nl_per_day", "I"),
    ("segments", ("[]", SEGMENT)),
]
BOLUS = [("age_s", "I"), ("volume_nl", "I"), ("duration_s", "I")]
STATE: list[Any] = [
    ("calendar_offset_s", "q"),
    ("reservoir_nl", "I"),
    ("steps_total", "Q"),
    ("boluses_granted", "I"),
    ("boluses_refused", "I"),
    ("battery_used_permille", "H"),
    ("boluses", ("[]", BOLUS)),
]
ENTRY = [("seq", "I"), ("rtc_ticks", "Q"), ("code", "H"), ("argument_1", "i"), ("argument_2", "i")]
THERAPY = [("therapy_state", "B"), ("rtc_ticks", "Q")]
BOLUS_REPLY = [
    ("dose_nl", "I"),
    ("lockout_remaining_s", "I"),
    ("doses_left_24h", "B"),
    ("rtc_ticks", "Q"),
    ("next_bolus_in_s", "I"),
]
ALARMS = [("alarm_bits", "I")]
IMAGE = [("next_offset", "I")]
REQUESTS: dict[str, tuple[int, list[Any]]] = {
    "identify": (0x01, []),
    "read_status": (0x02, []),
    "set_clock": (0x03, [("local_time_s", "q")]),
    "self_test": (0x04, []),
    "read_program": (0x10, []),
    "write_program": (0x11, [("program", PROGRAM), ("crc", "I")]),
    "start_therapy": (0x20, []),
    "stop_therapy": (0x21, []),
    "request_bolus": (0x22, []),
    "prime": (0x23, [("volume_nl", "I")]),
    "cancel_prime": (0x24, []),
    "give_bolus": (0x25, [("dose_nl", "I"), ("duration_s", "I")]),
    "cancel_bolus": (0x26, []),
    "enter_reservoir": (0x30, [("volume_nl", "I"), ("refill", "?"), ("capacity_nl", "I"), ("residual_nl", "I")]),
    "read_log": (0x40, [("from_seq", "I"), ("count", "B")]),
    "clear_alarm": (0x50, ALARMS),
    "silence_alarm": (0x51, [("duration_s", "I")]),
    "test_alarm": (0x52, []),
    "establish_state": (0x70, [("state", STATE), ("erase_program", "?")]),
    "read_state": (0x71, []),
    "reset_device": (0x72, [("kind", "B")]),
    "begin_image": (
        0x90,
        [
            ("model", "16s"),
            ("version_major", "B"),
            ("version_minor", "B"),
            ("version_patch", "H"),
            ("size", "I"),
            ("sha256", "32s"),
            ("signature", "64s"),
        ],
    ),
    "image_part": (0x91, [("offset", "I"), ("bytes", "256s")]),
    "finish_image": (0x92, [("activate", "?")]),
}
REPLIES: dict[str, list[Any]] = {
    "identify": [
        ("protocol_major", "B"),
        ("protocol_minor", "B"),
        ("suites", "I"),
        ("image_kind", "B"),
        ("model", "16s"),
        ("board_serial", "16s"),
        ("capacity_nl", "I"),
        ("step_volume_pl", "I"),
        ("ticks_per_second", "I"),
        ("firmware_major", "B"),
        ("firmware_minor", "B"),
        ("firmware_patch", "H"),
        ("firmware_hash", "32s"),
        ("boot_count", "I"),
        ("reset_cause", "B"),
    ],
    "read_status": [
        ("therapy_state", "B"),
        ("basal_rate_nl_per_day", "I"),
        ("steps_total", "Q"),
        ("bolus_steps_delivered", "I"),
        ("bolus_steps_remaining", "I"),
        ("reservoir_nl", "I"),
        ("alarm_bits", "I"),
        ("lockout_remaining_s", "I"),
        ("boluses_last_24h", "B"),
        ("doses_left_24h", "B"),
        ("monotonic_ticks", "Q"),
        ("rtc_ticks", "Q"),
        ("outlet_pressure_pa", "i"),
        ("battery_mv", "H"),
        ("motor_driver", "B"),
        ("log_newest_seq", "I"),
        ("program_revision", "I"),
        ("rate_now_nl_per_day", "I"),
        ("phase_remaining_nl", "I"),
        ("tube_concentration_ng_per_ml", "I"),
        ("local_time_s", "q"),
        ("battery_loaded_mv", "H"),
        ("battery_used_permille", "H"),
        ("replace_by_s", "q"),
        ("reservoir_low_at_s", "q"),
        ("reservoir_empty_at_s", "q"),
        ("temperature_decic", "h"),
        ("reservoir_measured_nl", "I"),
        ("radio_ms", "I"),
        ("radio_strangers_ms", "I"),
        ("receiver_off_s", "I"),
        ("next_bolus_in_s", "I"),
        ("boluses_granted", "I"),
        ("boluses_refused", "I"),
        ("given_nl", "I"),
        ("self_test_failed", "H"),
    ],
    "set_clock": [("local_time_s", "q"), ("rtc_ticks", "Q")],
    "self_test": [("tested", "H"), ("failed", "H"), ("rtc_ticks", "Q")],
    "read_program": [("program", PROGRAM), ("crc", "I"), ("revision", "I")],
    "write_program": [("revision", "I")],
    "start_therapy": THERAPY,
    "stop_therapy": THERAPY,
    "request_bolus": BOLUS_REPLY,
    "prime": THERAPY,
    "cancel_prime": THERAPY,
    "give_bolus": BOLUS_REPLY,
    "cancel_bolus": THERAPY,
    "enter_reservoir": [("expected_nl", "I"), ("reservoir_nl", "I"), ("residual", "B")],
    "read_log": [("oldest_seq", "I"), ("newest_seq", "I"), ("entries", ("[]", ENTRY)), ("first_crc", "I"), ("last_crc", "I")],
    "clear_alarm": ALARMS,
    "silence_alarm": ALARMS,
    "test_alarm": ALARMS,
    "establish_state": [],
    "read_state": [("state", STATE), ("rtc_ticks", "Q")],
    "reset_device": [],
    "begin_image": IMAGE,
    "image_part": IMAGE,
    "finish_image": IMAGE,
}


def pack(layout: list[Any], values: dict[str, Any]) -> bytes:
    out = b""
    for name, kind in layout:
        value = values[name]
        if isinstance(kind, list):
            out += pack(kind, value)
        elif isinstance(kind, tuple):
            out += bytes([len(value)]) + b"".join(pack(kind[1], item) for item in value)
        elif kind in ("32s", "64s", "256s"):
            out += bytes.fromhex(value)
        elif kind.endswith("s"):
            out += struct.pack("<" + kind, value.encode())
        else:
            out += struct.pack("<" + kind, value)
    assert set(values) == {name for name, _ in layout}
    return out


def cobs(data: bytes) -> bytes:
    out = b""
    block = b""
    for byte in data:
        if byte:
            block += bytes([byte])
        if not byte or len(block) == 254:
            out += bytes([len(block) + 1]) + block
            block = b""
    return out + bytes([len(block) + 1]) + block


def frame_of(vector: dict[str, Any]) -> str:
    reply = vector["direction"] == "from_pump"
    number, request_layout = REQUESTS[vector["message"]]
    head = struct.pack("<BBBBBII", 2, 2, 0, ROLES[vector["role"]], int(reply), vector["session_id"], vector["counter"])
    body = struct.pack("<BI", number, vector["nonce"])
    if reply:
        body += struct.pack("<H", vector["status"])
    body += pack(REPLIES[vector["message"]] if reply else request_layout, vector["fields"])
    payload = head + body
    return "00" + cobs(payload + struct.pack("<I", zlib.crc32(payload))).hex() + "00"


def vectors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text())["frames"]
    return found


@pytest.mark.parametrize("vector", vectors(), ids=lambda v: v["name"])
def test_golden_frame_follows_the_byte_diagrams(vector: dict[str, Any]) -> None:
    assert frame_of(vector) == vector["frame"]


def test_program_in_the_vectors_carries_its_own_checksum() -> None:
    fields = next(v["fields"] for v in vectors() if v["message"] == "write_program" and v["direction"] == "to_pump")
    assert zlib.crc32(pack(PROGRAM, fields["program"])) == fields["crc"]


def test_every_message_has_a_golden_request_and_a_golden_reply() -> None:
    found = {(v["message"], v["direction"]) for v in vectors()}
    assert found == {(m, d) for m in REQUESTS for d in ("to_pump", "from_pump")}
