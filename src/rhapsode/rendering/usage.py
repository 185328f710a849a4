"""What was made, as the ledger counts it."""

from collections.abc import Sequence

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.storage.conversions import Usage
from rhapsode.storage.packs import AudioMeta, PackedSegment, SpeechMeta


def usage_of(made: Sequence[PackedSegment], *, character_count: int) -> Usage:
    """Count segments of one kind and add up their samples. character_count: code points spoken for them."""
    return Usage(len(made), character_count, sum(map(_sample_count, made)))


def _sample_count(segment: PackedSegment) -> int:
    match segment.meta:
        case SpeechMeta(sample_count=sample_count):
            return sample_count
        case AudioMeta(frame_count=frame_count):
            return frame_count * FRAME_SAMPLES
    return 0
