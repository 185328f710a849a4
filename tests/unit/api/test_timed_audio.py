"""Audio and its alignment as one JSON object."""

import base64
import json

import pytest

from rhapsode.api.alignment_models import character_alignment, spoken_alignment
from rhapsode.api.timed_audio import timed_audio
from rhapsode.studio.alignment import AlignedText

ALIGNMENT = character_alignment(
    [AlignedText("Hé", (0, 22_050, 44_100)), AlignedText("\n🚢", (66_150, 66_151, 88_200))]
)


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (2, 2), (3, 0, 4), (1, 1, 1, 1, 1), (7, 100_001, 2)])
def test_blocks_of_any_size_are_one_text_of_base64(sizes: tuple[int, ...]) -> None:
    """Wherever one block ends and the next begins, what is decoded are all of them."""
    blocks = [bytes([ordinal % 256]) * size for ordinal, size in enumerate(sizes)]
    read = json.loads(b"".join(timed_audio(blocks, ALIGNMENT, ALIGNMENT)))
    assert base64.b64decode(read["audio_base64"], validate=True) == b"".join(blocks)


def test_both_alignments_are_in_seconds_without_gaps() -> None:
    """Characters are code points; the silence behind a part belongs to its last character."""
    spoken = spoken_alignment([AlignedText("Hey\U000f05dc", (0, 10, 20, 22_050, 88_200))])
    read = json.loads(b"".join(timed_audio([], ALIGNMENT, spoken)))
    assert read["alignment"] == {
        "characters": ["H", "é", "\n", "🚢"],
        "character_start_times_seconds": [0.0, 0.5, 1.5, 1.500023],
        "character_end_times_seconds": [0.5, 1.5, 1.500023, 2.0],
    }
    assert read["normalized_alignment"] == {
        "characters": ["H", "e", "y"],
        "character_start_times_seconds": [0.0, 0.000227, 0.000454],
        "character_end_times_seconds": [0.000227, 0.000454, 0.5],
    }


def test_pauses_are_gaps_in_what_was_spoken() -> None:
    """Between two characters, and before the first; none of either side has the time of a pause."""
    pause = "\U000f05dc"
    pieces = [
        AlignedText(f"{pause}a{pause}b", (0, 44_100, 88_200, 132_300, 176_400)),
        AlignedText("c", (220_500, 264_600)),
    ]
    assert spoken_alignment(pieces).model_dump() == {
        "characters": ["a", "b", "c"],
        "character_start_times_seconds": [1.0, 3.0, 5.0],
        "character_end_times_seconds": [2.0, 5.0, 6.0],
    }
