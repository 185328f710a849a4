"""The file of styles: a zip of numpy arrays (.npz), one for each voice, with a style for each count of symbols."""

import contextlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rhapsode.studio.errors import UnknownVoice, VoiceRefused

STYLE_SIZE = 256
_MAX_VOICES = 1_000
_MAX_ROWS = 1_024
_MAX_FILE_BYTES = 64 * 2**20
"""The 54 voices of the release are 28 MB. What a zip lists is in memory as a whole, and may be of millions."""

_ENDING = ".npy"
_FIRST_FORMAT = (1, 0)
"""What numpy writes such arrays as. Heads of later ones may be 4 GB, and are read before they are looked at."""

_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Others may ask for as much memory as they like."""


class Styles:
    """The voices of a file, each read when it is first asked for.

    Raises: VoiceRefused at construction, when it is no file of styles. What its arrays are is said at their
    beginning, so nothing is unpacked to look at them.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: dict[str, NDArray[np.float32]] = {}
        with _told(f"The styles {file.name}"):
            self._shapes = _shapes(file)
        wrong = next((name for name, shape in self._shapes.items() if not _is_style(shape)), None)
        if wrong is not None or not self._shapes:
            what = "it has no voice" if wrong is None else f"{wrong} has the shape {self._shapes[wrong]}"
            msg = f"The styles {file.name} are not those of Kokoro's voices: {what}"
            raise VoiceRefused(msg)

    @property
    def names(self) -> tuple[str, ...]:
        """The voices, in the file's order."""
        return tuple(self._shapes)

    def style(self, name: str, *, symbol_count: int) -> NDArray[np.float32]:
        """How a voice says so many symbols, shape (1, 256). Raises: UnknownVoice; VoiceRefused."""
        if name not in self._shapes:
            msg = f"The files have no voice {name!r}"
            raise UnknownVoice(msg)
        rows = self._rows(name)
        row: NDArray[np.float32] = rows[min(max(symbol_count, 1), len(rows)) - 1]
        return row

    def _rows(self, name: str) -> NDArray[np.float32]:
        if name not in self._read:
            # Not np.load, for which a member without the ending, of any size, is an array too.
            with (
                _told(f"The style {name} of {self._file.name}"),
                zipfile.ZipFile(self._file) as arrays,
                arrays.open(name + _ENDING) as array,
            ):
                rows = np.lib.format.read_array(array, allow_pickle=False)
                self._read[name] = rows.astype(np.float32).reshape(-1, 1, STYLE_SIZE)
        return self._read[name]


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Raises: VoiceRefused."""
    try:
        yield
    except Exception as error:
        # What zipfile, zlib, numpy and its tokenizer raise for damaged and strange files has no common class.
        msg = f"{what} can't be read: {str(error) or type(error).__name__}"
        raise VoiceRefused(msg) from error


def _is_style(shape: tuple[int, ...]) -> bool:
    rows, *others = shape or (0,)
    return 1 <= rows <= _MAX_ROWS and others in ([1, STYLE_SIZE], [STYLE_SIZE])


def _shapes(file: Path) -> Mapping[str, tuple[int, ...]]:
    if file.stat().st_size > _MAX_FILE_BYTES:
        msg = f"it is larger than {_MAX_FILE_BYTES // 2**20} MiB"
        raise ValueError(msg)
    with zipfile.ZipFile(file) as arrays:
        members = {each.filename: each for each in arrays.infolist() if each.filename.endswith(_ENDING)}
        if len(members) > _MAX_VOICES:
            msg = f"it has {len(members)} arrays"
            raise ValueError(msg)
        return {name.removesuffix(_ENDING): _shape(arrays, member) for name, member in members.items()}


def _shape(arrays: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, ...]:
    """The shape that an array's head says; none for what is no array of numbers. Raises: ValueError, and others."""
    if member.compress_type not in _PACKINGS:
        msg = f"{member.filename} is packed in a strange way"
        raise ValueError(msg)
    with arrays.open(member) as array:
        if np.lib.format.read_magic(array) != _FIRST_FORMAT:
            msg = f"{member.filename} is in a format that numpy doesn't write styles in"
            raise ValueError(msg)
        shape, _, kind = np.lib.format.read_array_header_1_0(array)
    return shape if kind.kind == "f" else ()
