"""The voices that a child has loaded: each once, and the last few that were used, as far as memory goes."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from rhapsode.engines.neural.backend import Load, LoadedVoice

MAX_LOADED_BYTES = 512 * 2**20
"""Of the files of loaded voices together: eight Piper voices of medium size, or one Kokoro."""

_Files = tuple[tuple[str, str], ...]


class LoadedVoices:
    """Loads voices when they are first asked for, and forgets those that were last used longest ago.

    The last one stays, however large it is.
    """

    def __init__(self, load: Load, device: str, *, max_bytes: int = MAX_LOADED_BYTES) -> None:
        self._load = load
        self._device = device
        self._max_bytes = max_bytes
        self._voices: OrderedDict[_Files, tuple[LoadedVoice, int]] = OrderedDict()

    def get(self, files: _Files) -> LoadedVoice:
        """The voice of these files, which are loaded if they aren't. Raises: as `Load` does."""
        if files not in self._voices:
            paths = {role: Path(path) for role, path in files}
            size_bytes = _size_bytes(paths)
            # Before, not after: two large voices need not fit at once.
            self._forget(self._max_bytes - size_bytes)
            self._voices[files] = self._load(paths, self._device), size_bytes
        self._voices.move_to_end(files)
        return self._voices[files][0]

    def _forget(self, max_bytes: int) -> None:
        while self._voices and sum(size_bytes for _, size_bytes in self._voices.values()) > max_bytes:
            self._voices.popitem(last=False)


def _size_bytes(paths: Mapping[str, Path]) -> int:
    return sum(path.stat().st_size for path in paths.values() if path.exists())
