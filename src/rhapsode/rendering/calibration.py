"""How loud the voices of a book are, and so how each is mastered.

A voice is measured once for each language and each choice of the settings that its engine heeds, with a text of its
own, and the level is kept: so the gain is the same for all that it ever says there, and no edit changes it.
"""

from dataclasses import dataclass, replace

from rhapsode.audio.mastering import Mastering, mastering_for
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.rendering.draft import ChapterDraft, SpeechRequest
from rhapsode.rendering.pauses import PARAGRAPH_MS
from rhapsode.storage import keys, levels
from rhapsode.storage.records import Transaction
from rhapsode.text.pauses import pause_character


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


def find_masterings(tx: Transaction, draft: ChapterDraft) -> dict[bytes, Mastering]:
    """How each speech of a chapter is mastered, by its key. Raises: Unmeasured."""
    requests = {part.request.speech_key: part.request for part in draft.parts if part.request is not None}
    level_keys = {speech_key: level_key_of(request) for speech_key, request in requests.items()}
    found = levels.find_levels(tx, level_keys.values())
    missing = {
        level_keys[speech_key]: request
        for speech_key, request in requests.items()
        if level_keys[speech_key] not in found
    }
    if missing:
        raise Unmeasured(tuple(map(plan_calibration, missing.values())))
    masterings = {level_key: mastering_for(level) for level_key, level in found.items()}
    return {speech_key: masterings[level_key] for speech_key, level_key in level_keys.items()}
