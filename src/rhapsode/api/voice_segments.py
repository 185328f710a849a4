"""Who says what, and when, of a dialogue or of a part of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rhapsode.api.alignment_models import CharacterAlignment
from rhapsode.api.text_to_dialogue_models import DialogueInput, VoiceSegment
from rhapsode.rendering.dialogue import LINE_END


@dataclass(frozen=True, slots=True)
class PlacedLines:
    """Lines in the text that they are joined to: line i is its characters from starts[i] to ends[i]."""

    voice_ids: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]


def place_lines(lines: Sequence[DialogueInput]) -> PlacedLines:
    """Where each line is in the text of the dialogue (DialogueRequest.text)."""
    starts, ends, position = [], [], 0
    for line in lines:
        starts.append(position)
        ends.append(position + len(line.text))
        position = ends[-1] + len(LINE_END)
    return PlacedLines([line.voice_id for line in lines], starts, ends)


def voice_segments(
    lines: PlacedLines, alignment: CharacterAlignment, *, first_character: int = 0
) -> Iterator[VoiceSegment]:
    """One for each line of which anything is among the characters of an alignment.

    first_character: where these begin in the text of the dialogue; indices are counted from there.
    """
    last_character = first_character + len(alignment.characters)
    for ordinal in range(
        bisect_right(lines.ends, first_character), bisect_left(lines.starts, last_character)
    ):
        start = max(lines.starts[ordinal] - first_character, 0)
        end = min(lines.ends[ordinal], last_character) - first_character
        yield VoiceSegment(
            voice_id=lines.voice_ids[ordinal],
            start_time_seconds=alignment.character_start_times_seconds[start],
            end_time_seconds=alignment.character_end_times_seconds[end - 1],
            character_start_index=start,
            character_end_index=end,
            dialogue_input_index=ordinal,
        )
