"""How long a document would be heard, by what its voices have said so far."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    make_document_block,
    make_document_chapter,
    make_project,
    open_records,
)

from rhapsode.audio.pace import PACE_PARTS, Pace
from rhapsode.rendering.draft import choose_reading
from rhapsode.rendering.estimates import estimate_duration_s
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.storage import keys, paces
from rhapsode.storage.records import Records
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import VoiceId

LETTER_S = 0.08
RAIN = make_document_chapter(
    make_document_block("Rain", kind=BlockKind.HEADING),
    "It rained all night.",
    make_document_block("A picture of rain.", kind=BlockKind.CAPTION),
)
IMPRINT = make_document_chapter("All rights reserved.", narrated=False)
LETTERS = len("Rain") + len("Itrainedallnight")
PAUSES_S = 0.6 + 0.5 + 1.5


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records."""
    records = open_records(tmp_path / "records.sqlite3")
    yield records
    records.close()


def learn(records: Records, voice_id: VoiceId, part_count: int = PACE_PARTS) -> None:
    """Let a voice have said as much as that, at LETTER_S for each letter."""
    project = make_project(voice_id=voice_id)
    with records.write(WORKSPACE) as tx:
        reading = choose_reading(BlockKind.PARAGRAPH, None, None, get_project_sources(tx, project))
        key = keys.level_key(
            engine=reading.voice.engine,
            voice_id=reading.voice.voice_id,
            language=reading.language,
            settings=reading.settings,
        )
        logarithm = math.log(LETTER_S)
        paces.add_paces(tx, {key: Pace(part_count, part_count * logarithm, part_count * logarithm**2)})


def estimate(records: Records, voice_id: VoiceId = TONE_LOW) -> float | None:
    with records.read(WORKSPACE) as tx:
        return estimate_duration_s(tx, make_project(voice_id=voice_id), [RAIN, IMPRINT])


def test_what_is_narrated_takes_as_long_as_its_letters_and_pauses(records: Records) -> None:
    """As its own voice speaks; captions and the imprint aren't heard."""
    learn(records, TONE_LOW)

    assert estimate(records) == pytest.approx(LETTERS * LETTER_S + PAUSES_S)
    assert estimate(records, TONE_HIGH) is None


def test_nobody_knows_before_the_voice_has_said_enough(records: Records) -> None:
    """A few sentences may have been short by chance."""
    assert estimate(records) is None
    learn(records, TONE_LOW, PACE_PARTS - 1)
    assert estimate(records) is None


def test_a_pace_is_the_mean_of_what_was_heard() -> None:
    """Of the seconds themselves, which their logarithms' mean is less than."""
    logarithms = [math.log(seconds) for seconds in (0.06, 0.1)]
    count = PACE_PARTS // 2
    pace = Pace(2 * count, count * sum(logarithms), count * sum(each**2 for each in logarithms))

    assert pace.letter_s == pytest.approx(0.08, rel=0.01)
