"""Keep voices whose files are at hand, for all workspaces: first the files, then in one moment the voices."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.voice_blobs import want_blob
from rhapsode.storage.voice_files import VoiceFile, is_whole, put_voice_file
from rhapsode.storage.voices import StoredVoice, insert_voice, list_voices_ever
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import open_catalogue
from rhapsode.voices.making import version_of


def keep_voices(
    records: Records,
    blobs: Blobs,
    voices: Sequence[Voice],
    paths: Mapping[str, Path],
    *,
    origin: str,
    name: str,
) -> tuple[tuple[Voice, ...], bool]:
    """The voices as they are kept, and whether they were there before, of the same files.

    paths: of their files, which stay as they are.    name: what those are called that say no name.
    A voice that was there keeps its name. Raises: InvalidInput; StorageFull.
    """
    files = {role: _described(path) for role, path in paths.items()}
    digests = {role: file.digest for role, file in files.items()}
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        named = _named(tx, voices, name)
        ever = {stored.voice.voice_id: stored for stored in list_voices_ever(tx)}
    made = tuple(replace(voice, files=digests, version=version_of(digests)) for voice in named)
    is_same = all(_is_same(ever.get(voice.voice_id), voice) for voice in made)
    if is_same and all(is_whole(blobs, file) for file in files.values()):
        return made, True
    _put(records, blobs, paths, files)
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        for voice in made:
            insert_voice(tx, voice, files, is_shared=True, origin=origin)
            add_audit_entry(tx, actor="command line", action="voice.installed", object_id=voice.voice_id)
    return made, False


def _described(path: Path) -> VoiceFile:
    with path.open("rb") as content:
        return VoiceFile(hashlib.file_digest(content, "sha256").hexdigest(), path.stat().st_size)


def _is_same(stored: StoredVoice | None, voice: Voice) -> bool:
    return stored is not None and not stored.is_removed and stored.voice.files == voice.files


def _put(records: Records, blobs: Blobs, paths: Mapping[str, Path], files: Mapping[str, VoiceFile]) -> None:
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        for file in files.values():
            want_blob(tx, file)
    for role, path in paths.items():
        put_voice_file(blobs, path, files[role])


def _named(tx: Transaction, voices: Sequence[Voice], name: str) -> list[Voice]:
    """The voices with names by which each can be told from every other that there is."""
    ever = {stored.voice.voice_id: stored.voice.name for stored in list_voices_ever(tx)}
    own = {voice.voice_id for voice in voices}
    taken = {v.name.casefold() for v in open_catalogue(tx).voices if v.voice_id not in own}
    shared = Counter(voice.name for voice in voices)
    named = []
    for voice in voices:
        is_enough = voice.name and shared[voice.name] == 1
        said = voice.name if is_enough else f"{voice.name or name} {voice.speaker}".strip()
        chosen = ever.get(voice.voice_id) or _free_name(said, name, taken)
        taken.add(chosen.casefold())
        named.append(replace(voice, name=chosen))
    return named


def _free_name(said: str, name: str, taken: set[str]) -> str:
    numbered = (f"{said} ({name}, {number})" for number in range(2, len(taken) + 3))
    return next(n for n in (said, f"{said} ({name})", *numbered) if n.casefold() not in taken)
