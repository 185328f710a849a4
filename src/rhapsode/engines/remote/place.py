"""Where the processes of a machine keep what they know together of a server."""

import hashlib
import os
from pathlib import Path

import platformdirs

VARIABLE = "RHAPSODE_ENGINE_STATE"


def state_folder(engine: str, url: str) -> Path:
    """One for each server, whoever asks it: `RHAPSODE_ENGINE_STATE`, or where this system keeps a person's state."""
    named = os.environ.get(VARIABLE)
    root = Path(named) if named else platformdirs.user_state_path("rhapsode", appauthor=False) / "engines"
    return root / f"{engine}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
