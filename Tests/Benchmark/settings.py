"""What a run is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Settings:
    # The folder with the built programs.
    programs: Path
    # The interpreter that has what requirements.txt names.
    python: Path
    # A folder on the disk that is measured; it is gone after the run.
    scratch: Path
    rounds: int
    # Of one load.
    seconds: int
    # In the full store.
    deliveries: int
