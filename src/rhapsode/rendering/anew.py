"""Speech that was dropped (storage.masters) when somebody wants its sound again.

Where its voice would say it byte for byte as it did, it is spoken under the key that it has. Where it wouldn't, it
can't be had under that key, whose alignment is that of what was said: then another take of the text is spoken.
"""

from collections.abc import Collection, Iterable, Mapping

from rhapsode.engines.registry import get_engine
from rhapsode.rendering.asked_voices import find_voices
from rhapsode.rendering.draft import ChapterDraft, SpeechRequest, keeps_take
from rhapsode.rendering.reading import Suits, engine_version_of
from rhapsode.storage import keys
from rhapsode.storage.masters import find_dropped
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import MasterDropped, UnknownVoice
from rhapsode.studio.ids import NodeId, WorkspaceId
from rhapsode.studio.limits import MAX_TAKES_ANEW
from rhapsode.studio.voice import Voice


def is_undropped(tx: Transaction) -> Suits:
    """A take of which nothing was dropped."""
    return lambda speech_keys: not find_dropped(tx, speech_keys)


def check_undropped(tx: Transaction, speech_keys: Collection[bytes]) -> None:
    """Of a text that is begun. Raises: MasterDropped, where clean-up came between its plan and this."""
    if find_dropped(tx, speech_keys):
        msg = "The speech of this text was dropped just now. Ask for it again."
        raise MasterDropped(msg)


def find_obstacle(request: SpeechRequest, voice: Voice | None, workspace_id: WorkspaceId) -> str | None:
    """Why a voice wouldn't say again what it said under a key, in words; None where it should. Nothing is spoken."""
    if voice is None:
        return f"the voice {request.voice_id} isn't installed any more"
    try:
        traits = get_engine(request.engine).traits
    except UnknownVoice as error:
        return str(error).rstrip(".")
    if not traits.reproducible:
        return f"the engine {request.engine} says nothing twice in the same way"
    asked_now = (
        keys.speech_key(
            workspace_id=workspace_id,
            spoken_text=request.spoken_text,
            language=request.language,
            voice_id=request.voice_id,
            settings=request.settings,
            engine=request.engine,
            engine_version=engine_version_of(voice, traits),
            take=take,
            pronunciations=request.pronunciations,
        )
        for take in range(MAX_TAKES_ANEW)
    )
    if request.speech_key in asked_now:
        return None
    return "another version of its voice has spoken it, so that a conversion with a refresh speaks it anew"


def next_takes(
    tx: Transaction, draft: ChapterDraft, encoded: Collection[bytes], before: Mapping[NodeId, int]
) -> dict[NodeId, int]:
    """Nodes that have to be spoken anew for their audio, each with the number of the take to try.

    encoded: speech whose audio exists as it is wanted: nobody asks for its sound.    before: what was tried so far.
    Raises: MasterDropped, where a locked block would have to be.
    """
    gone = _find_gone(tx, (p.request for p in draft.parts if p.request), encoded)
    if not gone:
        return {}
    nodes = {part.node_id for part in draft.parts if part.request and part.request.speech_key in gone}
    numbers: dict[NodeId, int] = {}
    for drafted in draft.nodes:
        node_id = drafted.node.node_id
        if node_id not in nodes:
            continue
        numbers[node_id] = before.get(node_id, -1) + 1
        if keeps_take(drafted.block, drafted.node) or numbers[node_id] == MAX_TAKES_ANEW:
            msg = (
                f"The speech of block {drafted.block.block_id} was dropped, and its voice doesn't say it again as it "
                "did. Unlock the block, or change its text, to have it spoken anew."
            )
            raise MasterDropped(msg)
    return numbers


def _find_gone(tx: Transaction, requests: Iterable[SpeechRequest], encoded: Collection[bytes]) -> set[bytes]:
    wanted = {request.speech_key: request for request in requests if request.speech_key not in encoded}
    dropped = find_dropped(tx, wanted)
    if not dropped:
        return set()
    voices = find_voices(tx, [wanted[key] for key in dropped])
    return {
        key
        for key, sound in dropped.items()
        if sound.has_changed
        or find_obstacle(wanted[key], voices.get(wanted[key].voice_id), tx.workspace_id) is not None
    }
