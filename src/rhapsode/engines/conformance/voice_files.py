"""Voices that are files: read, missing and damaged."""

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from rhapsode.engines.conformance.subject import SENTENCE, Check, NotConforming, Speaker, expect
from rhapsode.engines.engine import EngineTraits, FileEngine
from rhapsode.studio.errors import EngineFailed, VoiceRefused
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


def files_say_whose_they_are(speaker: Speaker) -> None:
    """The voices of files have the same ids each time, whatever the files are called."""
    files = _first_files(speaker)[1]
    with tempfile.TemporaryDirectory() as folder:
        first, again = _read(speaker, files), _read(speaker, _copied(files, Path(folder)))
    expect(bool(first), "read_voices() finds no voice in the files of one.")
    expect(first == again, "The same files make other voices under other names.")
    expect(
        all(voice.engine == speaker.traits.name and not voice.files for voice in first),
        "What read_voices() returns names this engine, and has no files yet.",
    )


def without_its_files_no_voice_speaks(speaker: Speaker) -> None:
    """Nothing else is heard in its place, also where it has just been heard."""
    voice_id, files = _first_files(speaker)
    speaker.speak(SENTENCE, voice=_voice(speaker, voice_id))
    for missing in (dict.fromkeys(files, Path("/nowhere/at/all")), {}):
        is_refused = _is_refused(speaker, voice_id, missing, "A voice without its files")
        expect(is_refused, "A voice without its files speaks.")


def a_voice_with_a_damaged_file_is_refused(speaker: Speaker) -> None:
    """A model that ends early isn't spoken with; whatever is damaged, the error is one of the contract's."""
    voice_id, files = _first_files(speaker)
    model = max(files, key=lambda role: files[role].stat().st_size)
    for role in files:
        with tempfile.TemporaryDirectory() as folder:
            damaged = _copied(files, Path(folder))
            with damaged[role].open("r+b") as file:
                file.truncate(files[role].stat().st_size // 2)
            what = f"A voice of which half of its {role} is missing"
            with contextlib.suppress(VoiceRefused):
                _read(speaker, damaged)
            is_refused = _is_refused(speaker, voice_id, damaged, what)
            expect(is_refused or role != model, f"{what} speaks.")


def _first_files(speaker: Speaker) -> tuple[VoiceId, Mapping[str, Path]]:
    """One voice is enough: the code is the same for all."""
    expect(bool(speaker.subject.files), "Of an engine whose voices are files, the subject needs some.")
    return next(iter(speaker.subject.files.items()))


def _voice(speaker: Speaker, voice_id: VoiceId) -> Voice:
    return next(voice for voice in speaker.voices if voice.voice_id == voice_id)


def _is_refused(speaker: Speaker, voice_id: VoiceId, files: Mapping[str, Path], what: str) -> bool:
    """Whether nothing is said by a voice that has these files. Raises: NotConforming, for any other error."""
    try:
        speaker.speak(SENTENCE, voice=_voice(speaker, voice_id), files=files)
    except (VoiceRefused, EngineFailed):
        return True
    except Exception as other:
        msg = f"{what} is refused with {type(other).__name__}, not with VoiceRefused or EngineFailed."
        raise NotConforming(msg) from other
    return False


def _read(speaker: Speaker, files: Mapping[str, Path]) -> list[Voice]:
    return list(cast("FileEngine", speaker.engine).read_voices(files))


def _copied(files: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Copies under names that say nothing, as workers have them."""
    return {
        role: Path(shutil.copyfile(path, folder / f"{number:064x}"))
        for number, (role, path) in enumerate(files.items())
    }


def _has_files(traits: EngineTraits) -> bool:
    return traits.has_files


CHECKS = (
    Check(files_say_whose_they_are, _has_files),
    Check(without_its_files_no_voice_speaks, _has_files),
    Check(a_voice_with_a_damaged_file_is_refused, _has_files),
)
