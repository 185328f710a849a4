"""Audio and its alignment as one JSON object."""

import base64
import json

import pytest

from rhapsode.api.alignment_models import character_alignment
from rhapsode.api.timed_audio import timed_audio
from rhapsode.studio.alignment import AlignedText

ALIGNMENT = character_alignment(
    [AlignedText("Hé", (0, 22_050, 44_100)), AlignedText("\n🚢", (66_150, 66_151, 88_200))]
)


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (2, 2), (3, 0, 4), (1, 1, 1, 1, 1), (7, 100_001, 2)])
def test_blocks_of_any_size_are_one_text_of_base64(sizes: tuple[int, ...]) -> None:
    """Wherever one block ends and the next begins, what is decoded are all of them."""
    blocks = [bytes([ordinal % 256]) * size for ordinal, size in enumerate(sizes)]
    read = json.loads(b"".join(timed_audio(blocks, ALIGNMENT)))
    assert base64.b64decode(read["audio_base64"], validate=True) == b"".join(blocks)


def test_both_alignments_are_in_seconds_without_gaps() -> None:
    """Characters are code points; the silence behind a part belongs to its last character."""
    read = json.loads(b"".join(timed_audio([], ALIGNMENT)))
    assert read["normalized_alignment"] == read["alignment"]
    assert read["alignment"] == {
        "characters": ["H", "é", "\n", "🚢"],
        "character_start_times_seconds": [0.0, 0.5, 1.5, 1.500023],
        "character_end_times_seconds": [0.5, 1.5, 1.500023, 2.0],
    }
