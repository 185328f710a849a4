"""Parts and sources of takes as JSON, in records and in frozen plans.

Without SQL: processes that render read plans too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from rhapsode.studio.project import TakePart, TakeSource
from rhapsode.studio.pronunciation import Pronunciation

_UNSAID = (None, (), 0)
"""What a row means that ends before it says what was spoken, the pronunciations, or the pause."""

_SOURCE_FIELDS = tuple(field.name for field in fields(TakeSource))


def parts_from_json(parts: str) -> tuple[TakePart, ...]:
    """The parts of a take as its row has them."""
    return tuple(take_part_from_row(row) for row in json.loads(parts))


def take_part_from_row(row: Sequence[Any]) -> TakePart:
    """The inverse of `take_part_row`, also for rows of versions that didn't know of the last three."""
    start, end, key, spans, *spoken = row
    said: list[Any] = [*spoken, *_UNSAID[len(spoken) :]]
    spoken_text, pronunciations, pause_ms = said
    return TakePart(
        start,
        end,
        bytes.fromhex(key),
        tuple(spans),
        spoken_text,
        tuple(Pronunciation(*pronunciation) for pronunciation in pronunciations),
        pause_ms,
    )


def take_part_row(part: TakePart) -> list[Any]:
    """A part as JSON has it, without what was spoken where that is the text itself, and without no pause."""
    row = [part.start, part.end, part.speech_key.hex(), part.spans]
    if part.spoken_text is None and not part.pronunciations and not part.pause_ms:
        return row
    pronunciations = [[p.start, p.end, p.phonemes] for p in part.pronunciations]
    row += [part.spoken_text, pronunciations]
    return [*row, part.pause_ms] if part.pause_ms else row


def take_source_row(source: TakeSource | None) -> dict[str, Any] | None:
    """What a take was made of, as JSON has it."""
    # Not asdict, which copies whatever it meets: a novel has thousands.
    return None if source is None else {name: getattr(source, name) for name in _SOURCE_FIELDS}


def take_source_from_row(row: Mapping[str, Any] | None) -> TakeSource | None:
    """The inverse of `take_source_row`."""
    return None if row is None else TakeSource(**{**row, "rules": tuple(row["rules"])})
