"""About how long a document would be heard, before a project is made of it: by what its voices have said so far."""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence

from rhapsode.audio.pace import count_letters
from rhapsode.rendering.pauses import CHAPTER_END_MS, CHAPTER_START_MS, PARAGRAPH_MS
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.statistics import find_reading
from rhapsode.storage import keys, paces
from rhapsode.storage.records import Transaction
from rhapsode.studio.document import DocumentBlock, DocumentChapter
from rhapsode.studio.project import Project


def estimate_duration_s(
    tx: Transaction, project: Project, chapters: Sequence[DocumentChapter]
) -> float | None:
    """Seconds of what is narrated of the chapters, with pauses; None as long as too little was heard of the voices.

    project: who would read them, and how; it need not be stored.
    What a voice reads of which too little is known counts as the rest does.
    """
    heard = [spoken_blocks(chapter) for chapter in chapters if chapter.narrated]
    letters = _letters_by_reader(tx, project, [block for blocks in heard for block in blocks])
    found = paces.find_paces(tx, letters)
    known = {key: pace.letter_s for key, pace in found.items() if pace.letter_s is not None}
    speech_s = _speech_s(letters, known)
    return None if speech_s is None else speech_s + sum(map(_pauses_s, heard))


def spoken_blocks(chapter: DocumentChapter) -> list[DocumentBlock]:
    """Those that are heard where the chapter is narrated."""
    return [block for block in chapter.blocks if block.narrated and block.text]


def _letters_by_reader(
    tx: Transaction, project: Project, blocks: Sequence[DocumentBlock]
) -> Mapping[bytes, int]:
    """By the key of the level, and so of the pace; what nobody here can read isn't heard."""
    read_by = functools.cache(functools.partial(find_reading, sources=get_project_sources(tx, project)))
    letters: Counter[bytes] = Counter()
    for block in blocks:
        _, reading = read_by((block.kind, block.language, None))
        if reading is not None:
            key = keys.level_key(
                engine=reading.voice.engine,
                voice_id=reading.voice.voice_id,
                language=reading.language,
                settings=reading.settings,
            )
            letters[key] += count_letters(block.text)
    return letters


def _speech_s(letters: Mapping[bytes, int], letter_s: Mapping[bytes, float]) -> float | None:
    known = sum(letters[key] for key in letter_s)
    if not known:
        return None
    return sum(letters[key] * each_s for key, each_s in letter_s.items()) * sum(letters.values()) / known


def _pauses_s(blocks: Sequence[DocumentBlock]) -> float:
    if not blocks:
        return 0.0
    return (CHAPTER_START_MS + CHAPTER_END_MS + (len(blocks) - 1) * PARAGRAPH_MS) / 1000
