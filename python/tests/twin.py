"""A virtual bench in a process of its own, behind pseudo-terminals, and a bench file that reaches it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any


class Twin:
    def __init__(self, rig: str, folder: Path) -> None:
        self.rig, self.folder = rig, folder
        self.process = subprocess.Popen([rig, "twin", "--ptys", str(folder)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())

    def truth(self, name: str) -> float:
        """What the plant knows: "metered_ul", "displaced_ul", "outlet_kpa", …"""
        with socket.socket(socket.AF_UNIX) as control, control.makefile("rw") as lines:
            control.connect(self.ready["control"])
            lines.write(json.dumps({"do": "truth", "name": name}) + "\n")
            lines.flush()
            reply = json.loads(lines.readline())
        assert reply["ok"], reply
        return float(reply["value"])

    def bench_file(self, path: Path, **instruments: dict[str, Any]) -> Path:
        """Writes the file of a bench with these instruments, by their names at the twin."""
        linked = {name: {**settings, "link": f"pty:{self.ready['links'][name]}"} for name, settings in instruments.items()}
        path.write_text(json.dumps({"schema": 1, "name": "behind-ports", "kind": "twin-on-ports", "instruments": linked}))
        return path

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
