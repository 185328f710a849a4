"""How loud the voices of a book are, and so how each is mastered.

A voice is measured once for each language and each choice of the settings that its engine heeds, with a text of its
own, and the level is kept: so the gain is the same for all that it ever says there, and no edit changes it. A project
may turn it up or down from there, or from where its engine has it.
"""

import functools
import math
from dataclasses import dataclass, replace

from rhapsode.audio.mastering import Mastering, mastering_for, turned_by
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.rendering.draft import ChapterDraft, SpeechRequest
from rhapsode.rendering.pauses import PARAGRAPH_MS
from rhapsode.storage import keys, levels
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.project import Project
from rhapsode.text.pauses import pause_character
from rhapsode.voices.catalogue import Catalogue, open_catalogue


@dataclass(frozen=True, slots=True)
class Calibration:
    """A voice to measure: what it has to say, and the key of the level it will have."""

    level_key: bytes
    request: SpeechRequest


class Unmeasured(Exception):
    """Voices that a plan needs have no level yet.

    They speak outside of any transaction, and then the plan is made anew.
    """

    def __init__(self, calibrations: tuple[Calibration, ...]) -> None:
        super().__init__(calibrations)
        self.calibrations = calibrations


def level_key_of(request: SpeechRequest) -> bytes:
    """The key of the level of whoever speaks a request, as it speaks it."""
    return keys.level_key(
        engine=request.engine,
        voice_id=request.voice_id,
        language=request.language,
        settings=request.settings,
    )


def plan_calibration(request: SpeechRequest) -> Calibration:
    """What the reader of a request says to be measured, with the pauses that paragraphs have."""
    pause = pause_character(PARAGRAPH_MS)
    text = "".join(paragraph + pause for paragraph in calibration_paragraphs(request.language))
    level_key = level_key_of(request)
    # The level's key serves as the speech's, which nobody keeps.
    said = replace(request, speech_key=level_key, spoken_text=text, pronunciations=())
    return Calibration(level_key, said)


UNMEASURED = Mastering(math.nan)
"""Stands for the mastering of voices that nobody has measured: nothing was ever made with it."""


def find_masterings(
    tx: Transaction, draft: ChapterDraft, project: Project, *, unmeasured: Mastering | None = None
) -> dict[bytes, Mastering]:
    """How each speech of a chapter is mastered, by its key; speech that is left as it is isn't there.

    unmeasured: what is said of voices without a level, where nothing is going to be made.
    Raises: Unmeasured, when the project's audio is to be as loud as shops ask for.
    """
    aimed = _find_aimed(tx, draft, unmeasured) if project.details.volume_normalization else {}
    gains_db = _gains(tx, draft, project)
    turned = {
        key: turned_by(aimed.get(key), gains_db.get(key, 0.0)) for key in aimed.keys() | gains_db.keys()
    }
    return {key: mastering for key, mastering in turned.items() if mastering is not None}


def _gains(tx: Transaction, draft: ChapterDraft, project: Project) -> dict[bytes, float]:
    """What voices are turned by, by the key of what they say.

    Where two voices of the project are one voice of an engine, what both of them say is turned as the first is.
    """
    if not project.details.voice_gains:
        return {}
    blocks = draft.chapter.blocks
    readers = {
        node.node_id: project.voice_of(block.kind, node.voice_id) for block in blocks for node in block.nodes
    }
    speaker_of = functools.cache(functools.partial(_find_speaker, open_catalogue(tx).for_project(project)))
    gains_db: dict[bytes, float] = {}
    for part in draft.parts:
        if part.request is not None and part.node_id is not None:
            reader, speaker = readers[part.node_id], part.request.voice_id
            # A locked block goes on with whoever spoke it.
            named = reader if speaker_of(reader, part.request.language) == speaker else speaker
            gains_db.setdefault(part.request.speech_key, project.gain_of(named))
    return gains_db


def _find_speaker(catalogue: Catalogue, voice_id: VoiceId, language: str) -> VoiceId | None:
    """The installed voice that reads a language for one that a project names."""
    voice = catalogue.find_reader(voice_id, language)
    return None if voice is None else voice.voice_id


def _find_aimed(tx: Transaction, draft: ChapterDraft, unmeasured: Mastering | None) -> dict[bytes, Mastering]:
    requests = {part.request.speech_key: part.request for part in draft.parts if part.request is not None}
    level_keys = {speech_key: level_key_of(request) for speech_key, request in requests.items()}
    found = levels.find_levels(tx, level_keys.values())
    missing = {
        level_keys[speech_key]: request
        for speech_key, request in requests.items()
        if level_keys[speech_key] not in found
    }
    if missing and unmeasured is None:
        raise Unmeasured(tuple(map(plan_calibration, missing.values())))
    masterings = {level_key: mastering_for(level) for level_key, level in found.items()}
    return {
        speech_key: masterings.get(level_key, unmeasured or UNMEASURED)
        for speech_key, level_key in level_keys.items()
    }
