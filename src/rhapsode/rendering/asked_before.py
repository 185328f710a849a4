"""How speech that exists was asked for, as those tell who need it: takes and history items.

The key of speech is a digest of all that was asked, so whatever gives the key again is what was asked.
"""

from collections.abc import Collection, Iterator, Sequence

from rhapsode.rendering.dialogue import DialogueRequest, RequestedLine
from rhapsode.rendering.draft import SpeechRequest, kept_request
from rhapsode.rendering.script import SpeakRequest
from rhapsode.rendering.speech_work import Requested, plan_request
from rhapsode.storage import history
from rhapsode.storage.records import Transaction
from rhapsode.storage.takes import list_takes_of_speech
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.history import HistoryItem
from rhapsode.voices.catalogue import Catalogue, open_catalogue


def find_asked_before(tx: Transaction, speech_keys: Collection[bytes]) -> dict[bytes, SpeechRequest]:
    """What was asked for, by key; nothing for speech whose asker is gone, or didn't say enough of it."""
    found = {request.speech_key: request for request in _of_takes(tx, speech_keys)}
    missing = set(speech_keys) - found.keys()
    if missing:
        catalogue = open_catalogue(tx)
        for item in history.list_items_of_speech(tx, missing):
            found |= _of_item(tx, item, catalogue, missing)
    return {key: request for key, request in found.items() if key in speech_keys}


def _of_takes(tx: Transaction, speech_keys: Collection[bytes]) -> Iterator[SpeechRequest]:
    for take in list_takes_of_speech(tx, speech_keys):
        if take.source is not None:
            for part in take.parts:
                yield kept_request(take.source.text[part.start : part.end], part, take.source)


def _of_item(
    tx: Transaction, item: HistoryItem, catalogue: Catalogue, wanted: set[bytes]
) -> dict[bytes, SpeechRequest]:
    """As it would be asked for today; what dictionaries changed in its text is not known any more."""

    def suits(speech_keys: Sequence[bytes]) -> bool:
        return not wanted.isdisjoint(speech_keys)

    try:
        return dict(plan_request(tx.workspace_id, _request_of(item), catalogue, suits).requests)
    except RhapsodeError:
        return {}  # by a voice that is gone


def _request_of(item: HistoryItem) -> Requested:
    asked = (item.output_format, item.model_id, item.request_id, item.settings)
    if item.dialogue:
        lines = tuple(RequestedLine(line.text, line.voice_id, item.language) for line in item.dialogue)
        return DialogueRequest(lines, *asked)
    return SpeakRequest(item.text, item.voice_id, *asked, language=item.language)
