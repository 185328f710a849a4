"""Formats by their names."""

from collections.abc import Mapping

from rhapsode.delivery.formats.epub import EPUB
from rhapsode.delivery.formats.flac import FLAC
from rhapsode.delivery.formats.format import ExportFormat
from rhapsode.delivery.formats.m4b import M4B
from rhapsode.delivery.formats.mp3 import MP3
from rhapsode.delivery.formats.names import FORMAT_NAMES, Cues, Timeline
from rhapsode.delivery.formats.opus import OPUS
from rhapsode.delivery.formats.subtitles import srt, vtt
from rhapsode.delivery.formats.wav import WAV
from rhapsode.delivery.formats.words_json import words_json
from rhapsode.studio.errors import InvalidInput, UnknownExportFormat

_FORMATS: Mapping[str, ExportFormat] = {
    each.name: each for each in (M4B, MP3, OPUS, FLAC, WAV, EPUB, srt(), vtt(), words_json())
}
_CUES_OF: Mapping[str, frozenset[Cues]] = {
    "srt": frozenset({"sentence", "word"}),
    "vtt": frozenset({"sentence", "word", "karaoke"}),
}
_TIMED = frozenset({"srt", "vtt", "json"})


def choose_format(name: str, *, cues: Cues = "sentence", timeline: Timeline = "file") -> ExportFormat:
    """A format by its name. cues: of subtitles.    timeline: of subtitles and JSON.

    Raises: UnknownExportFormat; InvalidInput, for a choice that the format doesn't have.
    """
    if name not in _FORMATS:
        msg = f"There is no export format “{name}”, but there are {', '.join(FORMAT_NAMES)}."
        raise UnknownExportFormat(msg)
    if cues not in _CUES_OF.get(name, {"sentence"}):
        msg = f"Cues by {cues} are not possible in {name}."
        raise InvalidInput(msg)
    if timeline != "file" and name not in _TIMED:
        msg = f"There is no choice of timelines for {name}: it has its own."
        raise InvalidInput(msg)
    return _made(name, cues, timeline)


def _made(name: str, cues: Cues, timeline: Timeline) -> ExportFormat:
    match name:
        case "srt":
            return srt(cues, timeline)
        case "vtt":
            return vtt(cues, timeline)
        case "json":
            return words_json(timeline)
        case _:
            return _FORMATS[name]
