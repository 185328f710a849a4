"""Audio and its alignment as JSON."""

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rhapsode.api.alignment_models import character_alignment, spoken_alignment
from rhapsode.api.timed_audio import Base64, TimedLineWriter, TimedWriter
from rhapsode.rendering.script import ScriptPart
from rhapsode.rendering.streamed_part import StreamedPart
from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.packs import SpeechMeta
from rhapsode.storage.spool import Spool, SpoolWriter
from rhapsode.studio.alignment import AlignedText, Alignment

FRAME = 1152


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (2, 2), (3, 0, 4), (1, 1, 1, 1, 1), (7, 100_001, 2)])
def test_blocks_of_any_size_are_one_text_of_base64(sizes: tuple[int, ...]) -> None:
    """Wherever one block ends and the next begins, what is decoded are all of them."""
    blocks = [bytes([ordinal % 256]) * size for ordinal, size in enumerate(sizes)]
    encode = Base64()
    said = b"".join(map(encode, blocks)) + encode.finish()
    assert base64.b64decode(said, validate=True) == b"".join(blocks)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Sequence[StreamedPart]]:
    """A word of three frames and a pause of one, with a word behind it."""
    with Spool(tmp_path) as spool:
        with SpoolWriter(spool.path) as writer:
            writer.append(b"abcdefg")
        speech = SpeechMeta(44_100, 2_000, pack_alignment(Alignment((0, 1_000, 2_000))))
        written = ScriptPart("Hé", (), b"key")
        yield (
            StreamedPart(written, spool, 0, 4, 0, 3, speech, is_last=False),
            StreamedPart(ScriptPart("\n", (), None, 1), spool, 4, 1, 3, 1, None, is_last=False),
            StreamedPart(written, spool, 5, 2, 4, 3, speech, is_last=True),
        )


def seconds(*samples: int) -> list[float]:
    return [round(sample / 44_100, 6) for sample in samples]


def test_a_whole_answer_is_one_object(parts: Sequence[StreamedPart]) -> None:
    """All audio behind the head, and the times of all characters without gaps."""
    writer = TimedWriter(b"head", lambda found, first: b',"more":%d' % (len(found.characters) + first))
    content = b"".join(block for part in parts for block in writer.part(part)) + b"".join(writer.end())
    read = json.loads(content)
    assert base64.b64decode(read["audio_base64"]) == b"headabcdefg"
    assert read["alignment"] == {
        "characters": list("Hé\nHé"),
        "character_start_times_seconds": seconds(0, 1_000, 3 * FRAME, 4 * FRAME, 4 * FRAME + 1_000),
        "character_end_times_seconds": seconds(
            1_000, 3 * FRAME, 4 * FRAME, 4 * FRAME + 1_000, 4 * FRAME + 2_000
        ),
    }
    assert read["normalized_alignment"] == read["alignment"]
    assert read["more"] == 5


def test_a_stream_is_a_line_for_each_part(parts: Sequence[StreamedPart]) -> None:
    """The head with the first; joined, times and characters are those of the whole answer."""
    whole, lines = TimedWriter(b"head"), TimedLineWriter(b"head", lambda _, first: b',"first":%d' % first)
    content = b"".join(block for part in parts for block in lines.part(part)) + b"".join(lines.end())
    assert content.endswith(b"\n")
    read = [json.loads(line) for line in content.splitlines()]
    assert [base64.b64decode(line["audio_base64"]) for line in read] == [b"headabcd", b"e", b"fg"]
    assert [line["first"] for line in read] == [0, 2, 3]
    said = b"".join(block for part in parts for block in whole.part(part)) + b"".join(whole.end())
    for name, values in json.loads(said)["alignment"].items():
        assert [value for line in read for value in line["alignment"][name]] == values


def test_alignments_have_no_gaps() -> None:
    """Characters are code points; the silence behind a part belongs to its last character."""
    pieces = [AlignedText("Hé", (0, 22_050, 44_100)), AlignedText("\n🚢", (66_150, 66_151, 88_200))]
    assert character_alignment(pieces).model_dump() == {
        "characters": ["H", "é", "\n", "🚢"],
        "character_start_times_seconds": [0.0, 0.5, 1.5, 1.500023],
        "character_end_times_seconds": [0.5, 1.5, 1.500023, 2.0],
    }
    spoken = spoken_alignment([AlignedText("Hey\U000f05dc", (0, 10, 20, 22_050, 88_200))])
    assert spoken.model_dump() == {
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
