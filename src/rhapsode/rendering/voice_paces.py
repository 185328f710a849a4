"""The paces of the voices of a job: what is known of them before it, and what it has found out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from rhapsode.audio.pace import UNKNOWN_PACE, Pace
from rhapsode.rendering.calibration import level_key_of
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.storage import paces
from rhapsode.storage.records import Transaction


def find_voice_paces(tx: Transaction, requests: Iterable[SpeechRequest]) -> dict[bytes, Pace]:
    """The pace of whoever speaks each request, by its speech key; those of whom enough is known."""
    level_keys = {request.speech_key: level_key_of(request) for request in requests}
    found = paces.find_paces(tx, level_keys.values())
    return {
        speech_key: found[level_key]
        for speech_key, level_key in level_keys.items()
        if level_key in found and found[level_key].is_known
    }


def keep_voice_paces(tx: Transaction, requests: Iterable[SpeechRequest], found: Mapping[bytes, Pace]) -> None:
    """Add what speech has told of its voices. found: by speech key, of some of the requests."""
    sums: dict[bytes, Pace] = defaultdict(lambda: UNKNOWN_PACE)
    for request in requests:
        if request.speech_key in found:
            level_key = level_key_of(request)
            sums[level_key] = sums[level_key].plus(found[request.speech_key])
    paces.add_paces(tx, sums)
