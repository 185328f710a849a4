"""Check of voices: each file as it was when it was installed."""

from collections.abc import Iterator

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.storage.voice_files import VoiceFile, digest_of_blob
from rhapsode.storage.voices import StoredVoice, list_stored_voices, list_voice_files
from rhapsode.studio.errors import BlobMissing, DataDamaged
from rhapsode.studio.ids import WorkspaceId


def find_damaged_voices(records: Records, blobs: Blobs, workspace_id: WorkspaceId) -> Iterator[str]:
    """What is wrong with the files of the workspace's installed voices: each is read once, however many share it."""
    with records.read(workspace_id) as tx:
        # Those that all share are read with the workspace that has installed them.
        own = [stored for stored in list_stored_voices(tx) if stored.workspace_id == workspace_id]
        files = list_voice_files(tx, (stored.voice.voice_id for stored in own))
    seen: set[str] = set()
    for stored in own:
        for role, file in files.get(stored.voice.voice_id, {}).items():
            if file.digest not in seen:
                seen.add(file.digest)
                yield from _problem(blobs, stored, role, file)


def find_file_problem(blobs: Blobs, file: VoiceFile) -> str | None:
    """What is wrong with a file in the store, which is read for that; None where it is as it was put."""
    try:
        return None if digest_of_blob(blobs, file) == file.digest else "differs from its checksum"
    except BlobMissing:
        return "is missing"
    except DataDamaged:
        return "is too short"


def _problem(blobs: Blobs, stored: StoredVoice, role: str, file: VoiceFile) -> Iterator[str]:
    problem = find_file_problem(blobs, file)
    if problem is not None:
        again = f" Install it again: rhapsode voices install {stored.origin}." if stored.origin else ""
        yield f"The file '{role}' of the voice {stored.voice.name} {problem}.{again}"
