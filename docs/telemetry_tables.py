"""Writes the tables of docs/telemetry.md from the headers of firmware/protocol, so that the page can not drift from the code.

Run it after a change of the protocol: python docs/telemetry_tables.py. A test runs it with --check.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = ROOT / "firmware" / "protocol"
PAGE = ROOT / "docs" / "telemetry.md"
WORKED_FRAME = "reservoir entered request"

WIDTHS = {f"std::{sign}int{bits}_t": bits // 8 for sign in ("", "u") for bits in (8, 16, 32, 64)} | {"bool": 1}
UNITS = [
    ("_nl_per_day", "nL/day"),
    ("_nl", "nL"),
    ("_pl", "pL"),
    ("_pa", "Pa gauge"),
    ("_mv", "mV"),
    ("_permille", "‰"),
    ("_decic", "0.1 °C"),
    ("_min", "min"),
    ("_ms", "ms"),
    ("_ticks", "1/32768 s"),
    ("_s", "s"),
]


@dataclass
class Field:
    name: str
    type: str
    comment: str


@dataclass
class Record:
    name: str
    comment: str
    fields: list[Field] = field(default_factory=list)
    number: str = ""  # name of its MessageType
    reply: str = ""


@dataclass
class Code:
    number: int
    name: str
    text: str


def source(name: str) -> str:
    return (PROTOCOL / name).read_text()


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def read_records(text: str) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for match in re.finditer(r"((?:^//(?! ---)[^\n]*\n)*)^struct (\w+) \{(?: +// ([^\n]*))?\n(.*?)^\};", text, re.M | re.S):
        above, name, beside, body = match.groups()
        if "kName" not in body:
            continue
        comment = beside or " ".join(line.removeprefix("//").strip() for line in above.splitlines())
        record = Record(name, comment)
        if kind := re.search(r"kType = MessageType::k(\w+);", body):
            record.number = kind[1]
        if reply := re.search(r"using Reply = (\w+);", body):
            record.reply = reply[1]
        for line in body.splitlines():
            if declared := re.fullmatch(r"  (?!using )([\w:]+(?:<[^>]*>)?) (\w+)(?:\{\}| = [^;]*)?;(?: +// (.*))?", line):
                record.fields.append(Field(declared[2], declared[1], declared[3] or ""))
        listed = re.findall(r'v\("(\w+)", m\.(\w+)\)', body)
        if [f.name for f in record.fields] != [name for name, _ in listed] or any(a != b for a, b in listed):
            sys.exit(f"{name}: the members and the list of fields differ")
        records[name] = record
    return records


def read_enums() -> dict[str, tuple[str, dict[str, int]]]:
    out = {}
    for name, base, body in re.findall(r"enum class (\w+) : (std::\w+) \{(.*?)\};", source("codes.h"), re.S):
        out[name] = (base, {key: int(number, 0) for key, number in re.findall(r"k(\w+) = (\w+)", body)})
    return out


def read_words() -> dict[str, dict[str, Code]]:
    enums = read_enums()
    out: dict[str, dict[str, Code]] = {}
    for enum, key, name, text in re.findall(r'row\((\w+)::k(\w+),\s*"(\w+)",\s*"([^"]*)"\)', source("text.cpp")):
        out.setdefault(enum, {})[key] = Code(enums[enum][1][key], name, text)
    return out


def read_figures() -> dict[str, str]:
    """What the log keeps with an alarm, by the alarm."""
    found = re.findall(r'figure\(Alarm::k(\w+), "([^"]+)", "([^"]+)"\)', source("text.cpp"))
    return {key: f"{unit} {text}" for key, unit, text in found}


def read_constants() -> dict[str, int]:
    found = re.findall(
        r"constexpr std::size_t (k\w+) = (\d+);", source("messages.h") + source("program.h") + source("frame.h") + source("envelope.h")
    )
    return {name: int(value) for name, value in found}


RECORDS: dict[str, Record] = {}
for header in ("envelope.h", "program.h", "messages.h", "security_messages.h", "image_messages.h"):
    RECORDS |= read_records(source(header))
ENUMS = read_enums()
WORDS = read_words()
CONSTANTS = read_constants()
FIGURES = read_figures()


def list_of(kind: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"List<(\w+), (\w+)>", kind)
    return (found[1], CONSTANTS[found[2]]) if found else None


def varies(kind: str) -> bool:
    return list_of(kind) is not None or (kind in RECORDS and any(varies(f.type) for f in RECORDS[kind].fields))


def words(comment: str) -> str:
    """A comment for readers who do not see the code: kAlarmCauseStands is `alarm_cause_stands`."""
    return re.sub(r"\bk([A-Z]\w+)", lambda match: f"`{snake(match[1])}`", comment)


def sentence(comment: str) -> str:
    text = words(comment)
    return f"{text[0].upper()}{text[1:].removesuffix('.')}." if text else ""


def width(kind: str) -> int:
    """Bytes that a field of this type takes; of a list its count and all of its items."""
    if kind in WIDTHS:
        return WIDTHS[kind]
    if kind in ENUMS:
        return WIDTHS[ENUMS[kind][0]]
    if kind in RECORDS:
        return size(RECORDS[kind])
    if some := list_of(kind):
        return 1 + some[1] * width(some[0])
    return int(re.findall(r"\d+", kind)[-1])  # Text<16>, std::array<std::uint8_t, 32>


def size(record: Record) -> int:
    return sum(width(f.type) for f in record.fields)


def type_text(kind: str) -> str:
    if kind == "bool":
        return "bool"
    if kind in WIDTHS:
        bits = str(re.findall(r"\d+", kind)[0])
        return ("u" if "uint" in kind else "i") + bits
    if kind in ENUMS:
        anchor = "messages" if kind == "MessageType" else kind.lower()
        return f"{type_text(ENUMS[kind][0])}, [{kind}](#{anchor})"
    if kind in RECORDS:
        return f"[{kind}](#{kind.lower()})"
    if some := list_of(kind):
        return f"list of [{some[0]}](#{some[0].lower()})"
    return "text" if kind.startswith("Text") else "bytes"


def unit(name: str) -> str:
    return next((text for suffix, text in UNITS if name.endswith(suffix)), "")


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(cell.replace("|", "\\|") or " " for cell in row) + " |" for row in rows), ""]


def field_table(record: Record) -> list[str]:
    rows = []
    at: int | None = 0
    for one in record.fields:
        some = list_of(one.type)
        fixed = f"≤ {width(one.type)}" if varies(one.type) else str(width(one.type))
        bytes_text = f"1 + n · {width(some[0])}, n ≤ {some[1]}" if some else fixed
        place = str(at) if at is not None else "then"
        rows.append([place, bytes_text, f"`{one.name}`", type_text(one.type), unit(one.name), words(one.comment)])
        at = None if varies(one.type) or at is None else at + width(one.type)
    return table(["at", "bytes", "field", "type", "unit", "meaning"], rows)


def roles_of() -> dict[str, str]:
    body = source("permissions.h").split("constexpr bool permitted")[1].split("\n}")[0]
    out = {}
    for cases, answer in re.findall(r"((?:\s*case MessageType::k\w+:)+)\s*return ([^;]+);", body):
        roles = re.findall(r"Role::k(\w+)", answer)
        for name in re.findall(r"::k(\w+):", cases):
            out[name] = ", ".join(snake(role) for role in roles) if roles else "all"
    return out


def listed_in(function: str) -> set[str]:
    body = source("permissions.h").split(f"constexpr bool {function}")[1].split("\n}")[0]
    return set(re.findall(r"MessageType::k(\w+)", body))


def message_tables() -> list[str]:
    roles, reads, test_only = roles_of(), listed_in("reads_only"), listed_in("test_image_only")
    requests = [record for record in RECORDS.values() if record.number]
    requests.sort(key=lambda record: WORDS["MessageType"][record.number].number)
    rows = []
    details = []
    for record in requests:
        code = WORDS["MessageType"][record.number]
        reply = RECORDS[record.reply]
        mark = "no" if record.number in reads else "yes"
        rows.append([f"0x{code.number:02X}", f"[{code.name}](#{code.name})", roles[record.number], mark, code.text])
        details += [f"### {code.name}", ""]
        only = "On a test image only." if record.number in test_only else ""
        details += [" ".join(part for part in (f"0x{code.number:02X}, {code.text}.", sentence(record.comment), only) if part), ""]
        details += describe_fields("Request", record) + describe_fields("Reply", reply)
    shared = [name for name in RECORDS if any(name in f.type for r in RECORDS.values() for f in r.fields)]
    for name in shared:
        about = sentence(RECORDS[name].comment)
        details += [f"### {name}", "", "A record within messages. " + about if about else "A record within messages.", ""]
        details += field_table(RECORDS[name])
    return [*table(["number", "message", "roles", "changes something", "what it does"], rows), *details]


def describe_fields(what: str, record: Record) -> list[str]:
    if not record.fields:
        return [f"{what}: no fields.", ""]
    most = "at most " if any(varies(f.type) for f in record.fields) else ""
    note = f" {sentence(record.comment)}" if record.comment and what == "Reply" else ""
    plural = "byte" if size(record) == 1 else "bytes"
    return [f"{what}, {most}{size(record)} {plural} of fields.{note}", "", *field_table(record)]


def head_tables() -> list[str]:
    out = []
    for name, title in (
        ("EnvelopeHead", "Head of every payload"),
        ("RequestHead", "Then, of a request"),
        ("ReplyHead", "Then, of a reply"),
    ):
        out += [f"{title}, {size(RECORDS[name])} bytes:", "", *field_table(RECORDS[name])]
    return out


def number(text: str, constants: dict[str, int]) -> int:
    """A number of C++, a product, or a constant of program.h."""
    value = 1
    for part in text.replace("'", "").split("*"):
        word = part.strip()
        if minus := re.fullmatch(r"(k\w+) - (\d+)", word):
            value *= constants[minus[1]] - int(minus[2])
        else:
            value *= constants[word] if word in constants else int(word, 0)
    return value


def program_ranges() -> list[str]:
    """What may stand in each field of a program, from the rows by which firmware/pump/therapy/program.cpp judges it."""
    folder = ROOT / "firmware" / "pump" / "therapy"
    header, code = (folder / "program.h").read_text(), (folder / "program.cpp").read_text()
    constants = {"kMinutesPerDay": 1440}
    for name, text in re.findall(r"constexpr std::\w+ (k\w+) = ([^;]+);", header):
        constants[name] = number(text, constants)
    judged: dict[str, tuple[str, str, str]] = {}
    for record, one, low, high, status in re.findall(r"\{(p|segment)\.(\w+), ([^,]+), ([^,]+), StatusCode::k(\w+)\}", code):
        judged[("segments: " if record == "segment" else "") + one] = (low, high, status)
    for low, one, high, status in re.findall(r"p\.(?:\w+) < (k\w+) \|\| p\.(\w+) > (k\w+)\)+ \{\n *return \{StatusCode::k(\w+)", code):
        judged[one] = (low, high, status)
    known = [f.name for f in RECORDS["Program"].fields] + ["segments: " + f.name for f in RECORDS["Segment"].fields]
    if len(judged) < 17 or not set(judged) <= set(known):
        sys.exit(f"program.cpp: the rows of its ranges were not understood, {sorted(judged)}")
    rows = []
    for name in sorted(judged, key=known.index):
        low, high, status = judged[name]
        unit_text = unit(name)
        rows.append(
            [f"`{name}`", f"{number(low, constants)} to {number(high, constants)}", unit_text, f"`{WORDS['StatusCode'][status].name}`"]
        )
    return table(["field", "range", "unit", "else"], rows)


def code_tables() -> list[str]:
    out = []
    for enum, (_, numbers) in ENUMS.items():
        if enum == "MessageType":
            continue
        told = WORDS.get(enum)
        out += [f"### {enum}", ""]
        if told is not None:
            rows = [[str(code.number), f"`{code.name}`", code.text] for code in told.values()]
            head = ["number", "name", "meaning"]
            if enum == "Alarm":
                head = ["bit", *head[1:], "figure in the log"]
                rows = [[*row, FIGURES.get(key, "")] for row, key in zip(rows, told, strict=True)]
            out += table(head, rows)
        else:
            out += table(["number", "name"], [[str(number), f"`{snake(key)}`"] for key, number in numbers.items()])
    return out


def uncobs(block: bytes) -> tuple[bytes, str]:
    """What a COBS block stands for, and the block as text with its code bytes in brackets."""
    out, shown, at = b"", [], 0
    while at < len(block):
        code = block[at]
        chunk = block[at + 1 : at + code]
        shown += [f"[{code:02x}]", *(f"{byte:02x}" for byte in chunk)]
        out += chunk
        at += code
        if code < 255 and at < len(block):
            out += b"\0"
    return out, " ".join(shown)


def worked_frame() -> list[str]:
    vector: dict[str, Any] = next(v for v in json.loads(source("vectors.json"))["frames"] if v["name"] == WORKED_FRAME)
    wire = bytes.fromhex(vector["frame"])
    inside, shown = uncobs(wire[1:-1])
    payload, crc = inside[:-4], inside[-4:]
    if int.from_bytes(crc, "little") != zlib.crc32(payload):
        sys.exit(f"{WORKED_FRAME}: its CRC is wrong")
    request = next(r for r in RECORDS.values() if r.number and WORDS["MessageType"][r.number].name == vector["message"])
    rows, at = [], 0
    for record in (RECORDS["EnvelopeHead"], RECORDS["RequestHead"], request):
        for one in record.fields:
            raw = payload[at : at + width(one.type)]
            rows.append([str(at), raw.hex(" "), f"`{one.name}`", value_text(one, int.from_bytes(raw, "little"))])
            at += len(raw)
            if one.name in vector["fields"] and int.from_bytes(raw, "little") != vector["fields"][one.name]:
                sys.exit(f"{WORKED_FRAME}: {one.name} is not what vectors.json says")
    if at != len(payload):
        sys.exit(f"{WORKED_FRAME}: {len(payload)} bytes, but its fields take {at}")
    rows.append([str(at), crc.hex(" "), "CRC-32", f"0x{zlib.crc32(payload):08X} over the {at} bytes before it"])
    return ["```text", f"00 {shown} 00", "```", "", *table(["at", "bytes", "field", "value"], rows)]


def value_text(one: Field, value: int) -> str:
    if one.type == "MessageType":
        return next(code.name for code in WORDS["MessageType"].values() if code.number == value)
    if one.type in ENUMS:
        return next(snake(key) for key, number in ENUMS[one.type][1].items() if number == value)
    return f"{value} {unit(one.name)}".strip()


def page(text: str) -> str:
    """The page with every part between its two marks made anew."""
    parts: dict[str, Callable[[], list[str]]] = {
        "heads": head_tables,
        "messages": message_tables,
        "codes": code_tables,
        "ranges": program_ranges,
        "frame": worked_frame,
    }
    for name, make in parts.items():
        begin, end = f"<!-- {name}: made by telemetry_tables.py -->\n", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            sys.exit(f'docs/telemetry.md: the marks of the part "{name}" are missing')
        text = text[: text.index(begin) + len(begin)] + "\n" + "\n".join(make()) + "\n" + text[text.index(end) :]
    return text


def main() -> None:
    text = PAGE.read_text()
    made = page(text)
    if "--check" in sys.argv[1:]:
        sys.exit(0 if made == text else "docs/telemetry.md is stale: run python docs/telemetry_tables.py")
    PAGE.write_text(made)


if __name__ == "__main__":
    main()
