"""What came out of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pumprig._run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Report:
    """What came out of running a scenario or a script."""

    run: Run | None
    verdict: str | None
    state: str
    reason: str
    data: Mapping[str, object] = field(repr=False)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Report:
        path = data.get("path")
        return cls(
            run=open_run(path) if path else None,
            verdict=data.get("verdict"),
            state=data["state"],
            reason=data.get("reason", ""),
            data=data,
        )

    @property
    def passed(self) -> bool:
        """True only when every check was judged and passed."""
        return self.state == "finished" and self.verdict == "pass"
