"""Which voices a child keeps loaded."""

from collections.abc import Mapping
from pathlib import Path

from tests.unit.engines.neural.odd_voices import OddVoice

from rhapsode.engines.neural.backend import LoadedVoice
from rhapsode.engines.neural.loaded import LoadedVoices


def test_the_last_used_voices_stay_as_far_as_they_fit(tmp_path: Path) -> None:
    """What was used longest ago goes first, and one that is too large by itself stays until another comes."""
    loads = []

    def load(files: Mapping[str, Path], device: str) -> LoadedVoice:
        assert device == "cpu"
        loads.append(files["model"].name)
        return OddVoice()

    for name, size_bytes in {"a": 40, "b": 40, "c": 40, "large": 500}.items():
        (tmp_path / name).write_bytes(bytes(size_bytes))
    voices = LoadedVoices(load, "cpu", max_bytes=100)
    for name in ["a", "b", "a", "c", "a", "b", "large", "large", "a"]:
        voices.get((("model", str(tmp_path / name)),))

    assert "".join(name[0] for name in loads) == "abcbla"
