"""What is left to make of a slice, as those have to know it who hand it out."""

from collections.abc import Collection, Sequence

from rhapsode.jobs.conversions import Slice
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.storage.conversions import ConversionSlice


def remaining_slice(
    piece: ConversionSlice, requests: Sequence[SegmentRequest], existing: Collection[bytes]
) -> Slice | None:
    """A slice with what has to be spoken for it; None where all of it exists.

    requests: thawed from it.    existing: keys of audio and of speech.
    """
    missing = [request for request in requests if request.segment_key not in existing]
    if not missing:
        return None
    unspoken = [r.speech for r in missing if r.speech is not None and r.speech.speech_key not in existing]
    return Slice(
        piece.ordinal,
        piece.chapter_ordinal,
        engines=tuple(sorted({speech.engine for speech in unspoken})),
        character_count=sum(len(speech.spoken_text) for speech in unspoken),
    )
