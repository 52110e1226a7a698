"""The lab in a box: the rig's own program on a real kernel, with real USB serial drivers, against the virtual bench outside.

What no pseudo-terminal can show is shown here: ports found by their adapter's serial number, a port that is in use, flow control in the
driver, an adapter that is pulled out and plugged in again.
"""

from __future__ import annotations

import json
import platform
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab
import pumprig

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the guest is of this machine's kind, and QEMU plays an x86-64 PC")

SPEED = 10.0
OPEN_FILES = 1100  # that the rig inherits, so that its own have numbers that select() cannot take


class Box:
    def __init__(self, twin: lab.Twin, guest: lab.Guest) -> None:
        self.twin, self.guest = twin, guest

    def start_run(self, name: str, scenario: str = "/rig/delivery.json", options: str = "") -> lab.Job:
        return self.guest.start(
            f"""export PUMPRIG_DATA=/rig
            ulimit -n 4096
            n=10; while [ $n -lt {OPEN_FILES} ]; do eval "exec $n</dev/null"; n=$((n+1)); done
            rig run {scenario} --bench /rig/bench.json --speed {SPEED} --out /tmp/{name} {options} &
            echo $! >/tmp/rig.pid
            wait $!; code=$?
            cp -r /tmp/{name} /share/
            exit $code"""
        )

    def record(self, name: str) -> pumprig.Run:
        (path,) = (self.guest.share / name).glob("*.pumprun")
        return pumprig.open_run(path)

    def ask(self, script: str) -> str:
        code, text = self.guest.run(script)
        assert code == 0, text
        return text

    def await_displaced(self, volume_ul: float, job: lab.Job) -> None:
        """Until the pump has displaced so much; a slow machine is only slower."""

        def reached() -> bool:
            assert job.running, job.output
            return self.twin.truth("displaced_ul") >= volume_ul

        self.guest.wait_for(reached, 60, f"{volume_ul} uL displaced")


@pytest.fixture(scope="module")
def box(rig: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with lab.lab(Path(rig), tmp_path_factory.mktemp("lab"), SPEED, 300) as (twin, guest):
        yield Box(twin, guest)


def test_the_rig_lists_the_adapters_with_their_serial_numbers_and_links(box: Box) -> None:
    ports = json.loads(box.ask("rig ports --json"))["ports"]
    adapters = [port for port in ports if port["usb_serial"]]
    assert {port["usb_serial"]: port["path"] for port in adapters} == box.guest.adapters()
    assert {port["usb_ids"] for port in adapters} == {"0403:6001"}
    assert {port["link"] for port in adapters} == {f"serial:usb={serial}" for serial in lab.ADAPTERS.values()}
    assert ports == sorted(ports, key=lambda port: port["path"])
    assert "RIG-FLOW-01" in box.ask("rig ports")


def test_a_wrong_serial_number_is_answered_with_the_adapters_that_there_are(box: Box) -> None:
    code, text = box.guest.run(
        f"""sed s/RIG-FLOW-01/RIG-NONE-99/ /rig/bench.json >/tmp/wrong.json
        PUMPRIG_DATA=/rig rig run /rig/delivery.json --bench /tmp/wrong.json --speed {SPEED} --out /tmp/wrong"""
    )
    assert code == 2, text
    assert "no USB adapter with serial number RIG-NONE-99" in text
    adapters = box.guest.adapters()
    assert set(adapters) == set(lab.ADAPTERS.values())
    for serial, path in adapters.items():
        assert f"{path} (USB 0403:6001, serial {serial})" in text


# What is seen of a run at work, each answer in a file of its own: one job, since on a busy machine the guest is slow.
LOOK = """
mkdir /share/seen; cd /share/seen
process=/proc/$(cat /tmp/rig.pid)
settings() { for port in /dev/ttyUSB*; do stty -a -F $port 2>/dev/null >$1.${port##*/}; done; }
cat $process/maps >maps
ls -l $process/fd | sed -n 's,.* \\([0-9]*\\) -> \\(/dev/ttyUSB.*\\),\\1 \\2,p' | while read -r fd port; do
  echo $fd $port $(grep flags $process/fdinfo/$fd) >>descriptors
done
for port in /sys/class/tty/ttyUSB*; do readlink -f $port/device/driver >>drivers; done
settings before

# A second rig, which names a port by another name.
ln -sf $FLOW /dev/by-another-name
sed s,serial:usb=RIG-FLOW-01,serial:/dev/by-another-name, /rig/bench.json >/tmp/second.json
PUMPRIG_DATA=/rig rig run /rig/delivery.json --bench /tmp/second.json --speed $SPEED --out /tmp/second >second 2>&1
echo $? >second.exit
settings after

# A program that knows nothing of locks, and is not root's.
chmod 666 $FLOW; mkdir /etc; echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd
su nobody -c "true <$FLOW" >stranger 2>&1
echo $? >stranger.exit
kill -0 $(cat /tmp/rig.pid)
"""


class Observed:
    """A whole run, with what was seen of it while it was at work."""

    def __init__(self, box: Box) -> None:
        self.adapters = box.guest.adapters()
        self.flow = self.adapters["RIG-FLOW-01"]
        before = box.twin.truth("displaced_ul")
        job = box.start_run("good", options="--json >/share/report.json")
        box.await_displaced(before + 1, job)
        box.ask(f"FLOW={self.flow}; SPEED={SPEED}\n{LOOK}")
        self.seen = {path.name: path.read_text() for path in (box.guest.share / "seen").iterdir()}
        self.exit_code = job.wait(90)
        self.output = job.output
        self.report = json.loads((box.guest.share / "report.json").read_text())
        self.run = box.record("good")

    def line(self, serial: str, when: str = "before") -> str:
        return self.seen[f"{when}.{Path(self.adapters[serial]).name}"]


@pytest.fixture(scope="module")
def observed(box: Box) -> Observed:
    return Observed(box)


def test_a_scenario_passes_over_usb_adapters_and_its_record_holds(observed: Observed) -> None:
    assert observed.exit_code == 0, observed.output
    assert observed.run.verdict == "pass"
    assert {check.check: check.verdict for check in observed.run.checks} == {
        "delivered_flow": "pass",
        "commanded_flow": "pass",
        "last_step": "pass",
    }
    proof = observed.run.verify()
    assert proof["complete"] and not proof["problems"]
    identified = [event.text.split(":")[0] for event in observed.run.events() if event.kind == "identified"]
    assert sorted(identified) == sorted(lab.ADAPTERS)
    assert len(observed.run.samples("flow.flow")) > 150
    assert len(observed.run.samples("pressure.pressure")) > 150


def test_the_ports_are_opened_by_libserialport_and_each_is_locked_not_inherited_and_beyond_what_select_takes(observed: Observed) -> None:
    assert "libserialport.so" in observed.seen["maps"]
    assert [Path(driver).name for driver in observed.seen["drivers"].split()] == ["ftdi_sio"] * len(lab.ADAPTERS)
    opened: dict[str, int] = {}
    for line in observed.seen["descriptors"].splitlines():
        number, path, _, flags = line.split()
        assert int(number) >= 1024, line
        assert int(flags, 8) & 0o2000000, f"inherited by every child: {line}"
        assert int(flags, 8) & 0o4000, f"a read may block: {line}"
        opened[path] = opened.get(path, 0) + 1
    # One descriptor is the rig's claim, the other libserialport's.
    assert opened == {path: 2 for path in observed.adapters.values()}


def test_the_drivers_have_the_line_settings_of_the_bench_file(observed: Observed) -> None:
    for serial in observed.adapters:
        text = observed.line(serial)
        words = re.split(r"[\s;]+", text)
        assert ("crtscts" in words) == (serial == "RIG-WITN-01"), f"{serial}: {text}"
        assert f"speed {9600 if serial == 'RIG-PRES-01' else 115200} baud" in text
        assert {"-hupcl", "cs8", "-parenb", "-cstopb", "-icanon", "-echo", "-ixon", "-icrnl", "-opost"} <= set(words), f"{serial}: {text}"


def test_a_second_program_is_refused_and_the_first_does_not_notice(observed: Observed) -> None:
    assert observed.seen["second.exit"] == "2\n"
    assert "/dev/by-another-name" in observed.seen["second"]
    assert "another program has it open" in observed.seen["second"]
    for serial in observed.adapters:
        assert observed.line(serial, "after") == observed.line(serial)
    assert observed.seen["stranger.exit"] != "0\n"
    assert "busy" in observed.seen["stranger"]
    assert not [event for event in observed.run.events() if event.kind in ("no_answer", "gap", "reconnected")]


def test_the_ports_are_free_again_after_the_run(box: Box, observed: Observed) -> None:
    box.ask(f"su nobody -c 'true <{observed.flow}'")


def test_an_adapter_pulled_out_is_a_gap_of_its_channels_and_nobody_spins(box: Box) -> None:
    before = box.twin.truth("displaced_ul")
    job = box.start_run("pulled")
    box.await_displaced(before + 8.4, job)  # 121 s of 180, of which the last 80 are judged
    usage = "cat /proc/$(cat /tmp/rig.pid)/io; cat /proc/uptime; cat /proc/$(cat /tmp/rig.pid)/stat"
    box.guest.unplug("flow")
    first = box.ask(usage)
    time.sleep(2)
    second = box.ask(usage)
    box.guest.plug("flow")
    assert job.wait(90) == 3, job.output
    run = box.record("pulled")
    assert run.verify()["complete"]
    assert {check.check: check.verdict for check in run.checks} == {
        "delivered_flow": "inconclusive",
        "commanded_flow": "pass",
        "last_step": "pass",
    }
    (flow,) = (check for check in run.checks if check.check == "delivered_flow")
    assert "samples are missing" in flow.explanation
    lost, back = (
        next(event for event in run.events() if event.source == "flow" and event.kind == kind) for kind in ("no_answer", "reconnected")
    )
    assert "serial:usb=RIG-FLOW-01" in lost.text
    assert "the serial port is gone" in lost.text
    samples = run.samples("flow.flow")
    assert not ((samples.t_ns > lost.t_ns) & (samples.t_ns < back.t_ns)).any()
    assert (samples.t_ns > back.t_ns).any()
    assert {event.source for event in run.events() if event.kind == "no_answer"} == {"flow"}

    def used(text: str) -> tuple[int, float, float]:
        fields = text.splitlines()[-1].rpartition(")")[2].split()
        uptime = next(line for line in text.splitlines() if re.fullmatch(r"[\d.]+ [\d.]+", line))
        reads = re.search(r"syscr: (\d+)", text)
        assert reads is not None
        return int(reads[1]), (int(fields[11]) + int(fields[12])) / 100, float(uptime.split()[0])

    reads, busy, passed = (now - then for now, then in zip(used(second), used(first), strict=True))
    assert reads < 20_000, "it reads a dead port over and over"
    assert busy < 0.75 * passed, f"busy for {busy} s of {passed} s while the port was gone"


def test_a_pump_whose_adapter_comes_back_late_is_still_brought_to_the_safe_state(box: Box) -> None:
    # Nothing of the pump is sampled, so that only the step that stops it looks for it.
    box.ask("sed '/pump.reservoir/d' /rig/delivery.json >/tmp/unasked.json")
    before = box.twin.truth("displaced_ul")
    job = box.start_run("headless", "/tmp/unasked.json", "--set 'duration=40 s' --set 'settle=10 s'")
    box.await_displaced(before + 1, job)
    box.guest.unplug("pump")
    box.await_displaced(before + 3.2, job)  # six seconds after it should have been stopped, which could not be said to it
    box.guest.plug("pump")
    assert job.wait(90) in (1, 3), job.output  # not green, and no error either: the pump was asked when it was there again
    run = box.record("headless")
    (last_step,) = (check for check in run.checks if check.check == "last_step")
    assert last_step.verdict == "inconclusive"
    assert "could not be asked at once" in job.output
    (safe,) = (event for event in run.events() if event.kind == "safe_state")
    assert safe.text == "established and read back"
    still = box.twin.truth("displaced_ul")
    time.sleep(1)
    assert box.twin.truth("displaced_ul") == still
