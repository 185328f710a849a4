"""Make voices for one workspace: of the files of a voice, or of recordings by an engine that can."""

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from rhapsode.engines.engine import CloningEngine, FileEngine
from rhapsode.engines.registry import get_engine, list_engines
from rhapsode.studio.errors import EngineFailed, UnknownVoice, VoiceRefused
from rhapsode.studio.ids import VoiceId, new_id
from rhapsode.studio.limits import MAX_VOICES_AT_ONCE
from rhapsode.studio.voice import CommercialUse, Voice
from rhapsode.voices.known_speakers import with_known_labels
from rhapsode.voices.licenses import commercial_use_of
from rhapsode.voices.sent_files import SentFile

_VERSION_CHARACTERS = 12
# An engine is for one thread.
_alone = threading.Lock()


@dataclass(frozen=True, slots=True)
class NewVoice:
    """What a client says of a voice that it has made. Source: operation add_voice; what isn't in it is ours.

    labels: the voice's own are beneath them.    speaker: which voice of a file of several, in the engine's words;
    None for all of them.    license, commercial_use: as whoever sends the files knows it; where nothing is said of
    its use, the licence says it.
    """

    name: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    remove_background_noise: bool = False
    speaker: str | None = None
    license: str = ""
    commercial_use: CommercialUse | None = None


def voices_of(engine: str, files: Mapping[str, SentFile], wanted: NewVoice) -> list[Voice]:
    """The voices that files make, with ids of their own, the first as it is wanted. Raises: VoiceRefused."""
    paths = {role: sent.path for role, sent in files.items()}
    found = _chosen(read_files(engine, paths), wanted.speaker)
    digests = {role: sent.file.digest for role, sent in files.items()}
    return [_made(voice, wanted, digests, is_one_of_several=len(found) > 1) for voice in found]


def read_files(engine: str, paths: Mapping[str, Path]) -> Sequence[Voice]:
    """The voices that files make, as these describe themselves, with what is known of them besides.

    paths: by role.    Raises: VoiceRefused.
    """
    reader = get_file_engine(engine)
    with _alone, _finally():
        voices = [with_known_labels(voice) for voice in reader.read_voices(paths)]
    if not voices:
        msg = f"There is no voice in these files of {engine}."
        raise VoiceRefused(msg)
    return voices


def get_file_engine(name: str) -> FileEngine:
    """An engine whose voices are files. Raises: VoiceRefused, saying why there is none."""
    try:
        engine = get_engine(name)
    except UnknownVoice as error:
        raise VoiceRefused(str(error)) from error
    if not engine.traits.has_files:
        msg = f"Voices of {name} are no files: they come with it."
        raise VoiceRefused(msg)
    return cast("FileEngine", engine)


def version_of(digests: Mapping[str, str]) -> str:
    """What a voice of these files says of its version: another one of them is another version. digests: by role."""
    together = "".join(sorted(digests.values()))
    return hashlib.sha256(together.encode()).hexdigest()[:_VERSION_CHARACTERS]


@contextlib.contextmanager
def _finally() -> Iterator[None]:
    """An engine that fails refuses the files: nobody may send them again by himself, as clients do after a failure.

    Files that it died of would have it die again, and of recordings there may be a voice by now.
    """
    try:
        yield
    except EngineFailed as error:
        msg = f"No voice was made: {error}"
        raise VoiceRefused(msg) from error


def _chosen(voices: Sequence[Voice], speaker: str | None) -> Sequence[Voice]:
    found = [voice for voice in voices if speaker in (None, voice.speaker)]
    some = ", ".join(repr(voice.speaker) for voice in voices[:5])
    if not found:
        msg = f"These files have no speaker {speaker!r}; they have {some}{' and others' * (len(voices) > 5)}."
        raise VoiceRefused(msg)
    if len(found) > MAX_VOICES_AT_ONCE:
        msg = f"These files have {len(found)} speakers: say which one as `speaker`, such as {some}."
        raise VoiceRefused(msg)
    return found


def _made(voice: Voice, wanted: NewVoice, digests: Mapping[str, str], *, is_one_of_several: bool) -> Voice:
    own_name, license_name = voice.speaker or voice.name, wanted.license or voice.license
    return replace(
        voice,
        # Another workspace may make a voice of the same files.
        voice_id=VoiceId(new_id()),
        name=f"{wanted.name} {own_name}" if is_one_of_several else wanted.name,
        description=wanted.description or voice.description,
        labels={**voice.labels, **wanted.labels},
        version=version_of(digests),
        files=dict(digests),
        license=license_name,
        commercial_use=wanted.commercial_use or commercial_use_of(license_name),
        category="generated",
    )


def clone(samples: Sequence[Path], wanted: NewVoice) -> Voice:
    """A voice like whoever is heard in recordings. Raises: VoiceRefused."""
    name = next((name for name in list_engines() if get_engine(name).traits.can_clone), None)
    if name is None:
        msg = (
            "No engine here makes voices of recordings: `elevenlabs` does where the server has a key for it "
            "(RHAPSODE_ELEVENLABS_KEY). A voice can be made of its files: a model .onnx of Piper with its "
            ".onnx.json, or one of Kokoro with its styles."
        )
        raise VoiceRefused(msg)
    engine = cast("CloningEngine", get_engine(name))
    with _alone, _finally():
        cloned = engine.clone(
            wanted.name,
            samples,
            description=wanted.description,
            labels=wanted.labels,
            remove_background_noise=wanted.remove_background_noise,
        )
    return replace(
        cloned,
        name=wanted.name,
        description=wanted.description,
        labels={**cloned.labels, **wanted.labels},
        license=wanted.license,
        commercial_use=wanted.commercial_use or cloned.commercial_use,
        category="cloned",
    )
