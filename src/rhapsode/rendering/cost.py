"""What a conversion costs: the characters that have to be spoken for it."""

from rhapsode.rendering.plan import thaw_requests
from rhapsode.storage import conversions, segments
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ConversionId


def count_characters_to_speak(tx: Transaction, conversion_id: ConversionId) -> int:
    """Code points of what a conversion that was just frozen has to speak, each text once; what exists is free."""
    existing = segments.find_existing_keys(tx, conversion_id)
    missing = {
        request.speech.speech_key: request.character_count
        for piece in conversions.iterate_slices(tx, conversion_id)
        for request in thaw_requests(piece.requests)
        if request.speech is not None and request.speech.speech_key not in existing
    }
    return sum(missing.values())
