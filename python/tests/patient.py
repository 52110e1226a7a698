"""A virtual patient behind a pseudo-terminal, the two devices that talk to the pump, and a line that can lose what the pump says."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import threading
import tty
from pathlib import Path
from typing import Any

from twin import Twin

MORPHINE = ["--drug", "morphine sulfate", "--concentration", "20 mg/mL"]
BOLUS = ["--bolus-dose", "0.25 mg", "--bolus-duration", "10 min", "--bolus-lockout", "3 h", "--boluses-per-day", "4"]


class Relay:
    """A line to the pump that can lose what the pump says."""

    def __init__(self, pty: str, path: Path) -> None:
        self.pty, self.path = pty, path
        self.answers = 0  # of the connection that there is, or was last
        self.most: int | None = None
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self) -> Relay:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(10)

    def lose_answers_after(self, most: int | None) -> None:
        self.most = most

    def serve(self) -> None:
        while True:
            try:
                device, _ = self.server.accept()
            except OSError:
                return
            self.answers = 0
            line = os.open(self.pty, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(line)
            with device:
                self.relay(device, line)
            os.close(line)

    def relay(self, device: socket.socket, line: int) -> None:
        within = False  # a frame of the pump
        while True:
            ready, _, _ = select.select([device.fileno(), line], [], [], 60)
            if device.fileno() in ready:
                try:
                    asked = device.recv(4096)
                except ConnectionResetError:
                    return
                if not asked:
                    return
                os.write(line, asked)
            if line in ready:
                heard = b""
                for byte in os.read(line, 4096):
                    if byte != 0 and not within:
                        self.answers += 1
                    within = byte != 0
                    if self.most is None or self.answers <= self.most:
                        heard += bytes([byte])
                try:
                    device.sendall(heard)
                except BrokenPipeError:  # the device did not wait
                    return


class Patient:
    """A twin, and the two devices that talk to its pump."""

    def __init__(self, rig: str, folder: Path) -> None:
        self.rig, self.folder = rig, folder
        self.twin = Twin(rig, folder / "twin")
        self.link = f"pty:{self.twin.ready['links']['pump']}"

    def call(self, device: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.rig, device, "--link", self.link, *words], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )

    def programmer(self, *words: str) -> dict[str, Any]:
        done = self.call("programmer", "--json", *words)
        assert done.returncode == 0, done.stderr + done.stdout
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def ask_for_a_dose(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = self.call("ptm", "--json", "request", "--state", str(self.folder / "ptm.json"), *words)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def events(self, name: str) -> int:
        entries = self.programmer("log")["entries"]
        return sum(entry["event"] == name for entry in entries)


def treat(patient: Patient) -> None:
    patient.programmer("refill", "--volume", "20 mL", "--confirm", "1")
    patient.programmer("prescribe", *MORPHINE, "--dose", "5 mg/day", *BOLUS, "--confirm", "1")
    patient.programmer("start")
