"""The lab in a box: a Linux machine in QEMU whose USB serial adapters lead to the virtual bench outside.

The guest runs a distribution's kernel with its real xhci, usbserial and ftdi_sio drivers, and the rig's own program. QEMU plays one FTDI
adapter an instrument; its far end is the pty that `rig twin` serves on the host. Jobs are shell scripts in a folder that both share.

    lab.py SCRIPT [SPEED]    boots, runs the shell script in the guest, prints what it says and exits as it does
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab_image import ROOT, LabError, kernel, make_initramfs

# Instrument of the twin to serial number of its USB adapter, as guest/bench.json names them.
ADAPTERS = {
    "flow": "RIG-FLOW-01",
    "flow_high": "RIG-FLOW-02",
    "pressure": "RIG-PRES-01",
    "witness": "RIG-WITN-01",
    "pump": "RIG-PUMP-01",
}


class Twin:
    """`rig twin` on the host: the virtual bench behind ptys."""

    def __init__(self, rig: Path, folder: Path, speed: float) -> None:
        with (folder / "twin.err").open("w") as errors:
            self._process = subprocess.Popen(
                [str(rig), "twin", "--ptys", str(folder / "ports"), "--speed", str(speed)], stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise LabError(f"the twin did not start: {(folder / 'twin.err').read_text()}")
        self.ready: dict[str, Any] = json.loads(line)

    def truth(self, name: str) -> float:
        """What the plant really does, for example "displaced_ul"."""
        with socket.socket(socket.AF_UNIX) as control, control.makefile("rw") as lines:
            control.connect(self.ready["control"])
            lines.write(json.dumps({"do": "truth", "name": name}) + "\n")
            lines.flush()
            reply = json.loads(lines.readline())
        if not reply["ok"]:
            raise LabError(f"the twin refuses: {reply}")
        return float(reply["value"])

    @contextlib.contextmanager
    def silent(self, name: str) -> Iterator[None]:
        """Stands still, with nothing of this instrument's left on its way."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            port = os.open(self.ready["links"][name], os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                end = time.monotonic() + 5
                while fcntl.ioctl(port, termios.FIONREAD, bytes(4)) != bytes(4) and time.monotonic() < end:
                    time.sleep(0.005)
            finally:
                os.close(port)
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        assert self._process.stdout is not None
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class _Monitor:
    """QEMU's own control connection (QMP): one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rw")
        self._events: list[str] = []
        self._next("QMP")
        self.execute("qmp_capabilities")

    def _next(self, *keys: str) -> dict[str, Any]:
        while True:
            line = self._lines.readline()
            if not line:
                raise LabError("QEMU is gone")
            message: dict[str, Any] = json.loads(line)
            for key in keys:
                if key in message:
                    return message
            if "event" in message:
                self._events.append(message["event"])

    def execute(self, command: str, **arguments: object) -> None:
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        reply = self._next("return", "error")
        if "error" in reply:
            raise LabError(f"QEMU refuses {command}: {reply['error']}")

    def await_event(self, name: str) -> None:
        while name not in self._events:
            message = self._next("event")
            self._events.append(message["event"])
        self._events.remove(name)

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


class Job:
    """A shell script at work in the guest."""

    def __init__(self, guest: Guest, name: str) -> None:
        self._guest, self.name = guest, name

    @property
    def output(self) -> str:
        return (self._guest.share / f"{self.name}.out").read_text()

    @property
    def running(self) -> bool:
        return not (self._guest.share / f"{self.name}.exit").exists()

    def wait(self, timeout: float) -> int:
        """Its exit code."""
        self._guest.wait_for(lambda: not self.running, timeout, f"job {self.name}")
        return int((self._guest.share / f"{self.name}.exit").read_text())


class Guest:
    """The booted machine, with every adapter plugged in."""

    def __init__(self, rig: Path, twin: Twin, folder: Path) -> None:
        self.folder, self.share = folder, folder / "share"
        self._twin = twin
        self.share.mkdir()
        self._jobs = 0
        self._plugged: set[str] = set()
        command = [
            "qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-m", "512",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", str(kernel() / "vmlinuz"), "-initrd", str(make_initramfs(rig, folder)),
            # Of the guest's clocks this one keeps the host's rate; the others are calibrated at boot, wrongly on a busy host.
            "-append", "console=ttyS0 quiet panic=-1 clocksource=acpi_pm tsc=unstable",
            "-chardev", f"file,id=console,path={folder / 'console.log'}", "-serial", "chardev:console",
            "-chardev", f"socket,id=jobs,path={folder / 'jobs'},server=on,wait=off", "-serial", "chardev:jobs",
            "-qmp", f"unix:{folder / 'qmp'},server=on,wait=off",
            "-virtfs", f"local,path={self.share},mount_tag=share,security_model=none",
            "-device", "qemu-xhci,id=usb",
        ]  # fmt: skip
        for name in ADAPTERS:
            command += ["-chardev", f"serial,id={name},path={twin.ready['links'][name]}"]
        with (folder / "qemu.err").open("w") as errors:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        try:
            self.wait_for(lambda: (folder / "jobs").is_socket() and (folder / "qmp").is_socket(), 30, "QEMU's sockets")
            self._monitor = _Monitor(folder / "qmp")
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(str(folder / "jobs"))
            for name in ADAPTERS:
                self.plug(name)
            self._socket.settimeout(120)
            with self._socket.makefile("r") as words:
                if words.readline() != "ready\n":
                    raise LabError("it does not take jobs")
            self.await_adapters()
        except (OSError, LabError) as error:
            self.stop()
            raise LabError(f"the guest did not boot: {error}\n{self.log()}") from error

    def log(self) -> str:
        texts = [(self.folder / name).read_text(errors="replace") for name in ("qemu.err", "console.log") if (self.folder / name).exists()]
        return "\n".join(texts)

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Says how QEMU ended, if it is gone when it is asked for something."""
        try:
            yield
        except (OSError, LabError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            raise LabError(f"{what}: {error}; QEMU's exit code is {self._process.returncode}\n{self.log()}") from error

    def wait_for(self, ready: Callable[[], bool], timeout: float, what: str) -> None:
        end = time.monotonic() + timeout
        while not ready():
            if self._process.poll() is not None:
                raise LabError(f"QEMU ended while {what} was waited for\n{self.log()}")
            if time.monotonic() > end:
                raise LabError(f"{what}: not within {timeout} s\n{self.log()}")
            time.sleep(0.02)

    def start(self, script: str) -> Job:
        """Runs a shell script in the guest; /share is its folder that the host sees."""
        self._jobs += 1
        name = f"job{self._jobs:02}"
        (self.share / f"{name}.sh").write_text(script)
        with self._told(name):
            self._socket.sendall(f"{name}\n".encode())
        return Job(self, name)

    def run(self, script: str, timeout: float = 30) -> tuple[int, str]:
        """Exit code and output of a shell script."""
        job = self.start(script)
        return job.wait(timeout), job.output

    def adapters(self) -> dict[str, str]:
        """Serial number of each adapter that the guest's kernel has found, to its device file."""
        code, text = self.run("cd /sys/class/tty && for t in ttyUSB*; do echo $(cat $t/device/../../serial) /dev/$t; done", 30)
        return dict(line.split() for line in text.splitlines()) if code == 0 and "*" not in text else {}

    def await_adapters(self) -> None:
        """Until every adapter that is plugged in has its device file."""
        self.wait_for(lambda: set(self.adapters()) == self._plugged, 60, "the adapters' device files")

    def plug(self, name: str) -> None:
        with self._told(f"plugging in {name}"):
            self._monitor.execute("device_add", driver="usb-serial", id=f"usb_{name}", bus="usb.0", chardev=name, serial=ADAPTERS[name])
        self._plugged.add(ADAPTERS[name])

    def unplug(self, name: str) -> None:
        # QEMU 7.2 hands a byte that comes while the adapter goes to an adapter without a bus, and dies of it. So none comes.
        with self._told(f"pulling out {name}"), self._twin.silent(name):
            self._monitor.execute("device_del", id=f"usb_{name}")
            self._monitor.await_event("DEVICE_DELETED")
        self._plugged.remove(ADAPTERS[name])

    def stop(self) -> None:
        for part in ("_monitor", "_socket"):
            if hasattr(self, part):
                with contextlib.suppress(OSError):
                    getattr(self, part).close()
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def lab(rig: Path, folder: Path, speed: float, limit: float) -> Iterator[tuple[Twin, Guest]]:
    """A twin and a guest wired to it, for `limit` seconds at most. All that they say stays in `folder`."""
    twin = Twin(rig, folder, speed)
    try:
        guest = Guest(rig, twin, folder)
        guard = threading.Timer(limit, guest.stop)
        guard.start()
        try:
            yield twin, guest
        finally:
            guard.cancel()
            guest.stop()
    finally:
        twin.stop()


def main() -> int:
    script, speed = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    with (
        tempfile.TemporaryDirectory(prefix="pumprig-lab-") as folder,
        lab(Path(os.environ.get("PUMPRIG_RIG", ROOT / "build" / "dev" / "bin" / "rig")), Path(folder), speed, 3600) as (_, guest),
    ):
        code, text = guest.run(f"export PUMPRIG_DATA=/rig; cd /tmp; {script}", 3600)
        print(text, end="")
        return code


if __name__ == "__main__":
    sys.exit(main())
