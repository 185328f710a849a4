"""Who speaks in a process: the voices that came with its job, and where on this machine their files are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.voice_files import find_local_file
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


@dataclass(frozen=True, slots=True)
class Speakers:
    """Voices by id, as the records had them when the job was given."""

    voices: Mapping[VoiceId, Voice]
    blobs: Blobs

    def voice(self, voice_id: VoiceId) -> Voice:
        """Raises: UnknownVoice, when it isn't installed any more."""
        try:
            return self.voices[voice_id]
        except KeyError:
            msg = f"The voice {voice_id} isn't installed any more."
            raise UnknownVoice(msg) from None

    def files(self, voice: Voice) -> dict[str, Path]:
        """Where the files of a voice are. Raises: as `find_local_file` does."""
        return {role: find_local_file(self.blobs, digest) for role, digest in voice.files.items()}
