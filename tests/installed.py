"""Voices that are files, installed without the command for it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from tests.factories import Studio

from rhapsode.engines.engine import FileEngine
from rhapsode.engines.registry import get_engine
from rhapsode.storage.voice_files import VoiceFile, put_voice_file
from rhapsode.storage.voices import insert_voice
from rhapsode.studio.ids import VoiceId


def install_voice(studio: Studio, engine: str, files: Mapping[str, Path]) -> VoiceId:
    """Put the first voice of files into a studio's records, and the files into its store."""
    voice = cast("FileEngine", get_engine(engine)).read_voices(files)[0]
    kept = {role: _voice_file(path) for role, path in files.items()}
    for role, path in files.items():
        put_voice_file(studio.blobs, path, kept[role])
    with studio.records.write(studio.workspace_id) as tx:
        insert_voice(tx, voice, kept, is_shared=False)
    return voice.voice_id


def _voice_file(path: Path) -> VoiceFile:
    return VoiceFile(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
