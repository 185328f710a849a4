"""What exports are called, and what may be chosen of them; nothing that takes long to import."""

from typing import Literal, get_args

FormatName = Literal["m4b", "mp3", "opus", "flac", "wav", "epub", "srt", "vtt", "json"]
FORMAT_NAMES: tuple[FormatName, ...] = get_args(FormatName)
"""Each is also the extension of its files."""

Cues = Literal["sentence", "word", "karaoke"]
"""What a cue is: a sentence or a part of one; a word; or a sentence whose words have times in it (WebVTT)."""

Timeline = Literal["file", "m4b", "opus"]
"""Beside which file times are read; file: the snapshot's own MP3 or WAV, and the FLAC and WAV made of it."""
