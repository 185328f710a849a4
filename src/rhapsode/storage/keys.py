"""Keys: digests of everything that decides a result (docs/storage.md, "Keys").

Equal keys mean equal results, so what is stored under a key is never made again. How a key is made changes
only together with the version in its domain: after that, everything it names is made anew.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence

from rhapsode.studio.ids import HistoryItemId, VoiceId, WorkspaceId
from rhapsode.studio.pronunciation import Pronunciation

KeyPart = bytes | str | int | float | None
"""What a digest is made of; `bool` is a kind of its own, as True and 1 differ."""

_FORMAT = b"rhapsode-key-1\n"
_U64 = struct.Struct("<Q")
_DOUBLE = struct.Struct("<d")


def digest(domain: str, *parts: KeyPart) -> bytes:
    """SHA-256 of a domain with its version, such as "speech/1", and the parts in order: 32 bytes.

    Kind and length precede each part, so different lists of parts never look alike.
    """
    hasher = hashlib.sha256(_FORMAT)
    for part in (domain, *parts):
        tag, content = _tagged(part)
        hasher.update(tag + _U64.pack(len(content)))
        hasher.update(content)
    return hasher.digest()


def _tagged(part: KeyPart) -> tuple[bytes, bytes]:
    match part:
        case None:
            return b"n", b""
        case bool():
            return b"t" if part else b"f", b""
        case int():
            return b"i", str(part).encode()
        case float():
            return b"d", _DOUBLE.pack(part + 0.0)  # -0.0 becomes 0.0
        case str():
            # What came as JSON may hold halves of surrogate pairs; a key must exist for any text.
            return b"s", part.encode("utf-8", "surrogatepass")
        case bytes():
            return b"b", part


def speech_key(
    *,
    workspace_id: WorkspaceId,
    spoken_text: str,
    language: str,
    voice_id: VoiceId,
    settings: Mapping[str, float],
    engine: str,
    engine_version: str,
    take: int,
    pronunciations: Sequence[Pronunciation] = (),
) -> bytes:
    """The key of what an engine says.

    settings: those that this engine heeds, by name.    take: 0, then one more for each new reading asked for.
    engine: the entry point, with the model where it has several.    engine_version: of our adapter.
    pronunciations: of stretches of the text. Nothing is added for none, as keys were before there were any.
    """
    request = (workspace_id, spoken_text, language, voice_id, engine, engine_version, take)
    pronounced = [part for p in pronunciations for part in (p.start, p.end, p.phonemes)]
    return digest("speech/1", *request, *_listed(settings), *pronounced)


def segment_key(
    *, speech_key: bytes, mastering: Mapping[str, float], encoding: str, recipe_version: str
) -> bytes:
    """The key of speech after mastering and encoding.

    mastering: its numbers by name.    recipe_version: of the code that masters and encodes.
    """
    return digest("segment/1", speech_key, encoding, recipe_version, *_listed(mastering))


def level_key(*, engine: str, voice_id: VoiceId, language: str, settings: Mapping[str, float]) -> bytes:
    """The key of how loud a voice is. settings: those that its engine heeds, by name.

    No version of the engine: an update must not change the gain of a book that is half edited.
    """
    return digest("level/1", engine, voice_id, language, *_listed(settings))


def pause_key(*, workspace_id: WorkspaceId, frame_count: int, encoding: str, recipe_version: str) -> bytes:
    """The key of an encoded silence of so many frames."""
    return digest("pause/1", workspace_id, frame_count, encoding, recipe_version)


def history_audio_key(*, history_item_id: HistoryItemId, output_format: str, ordinal: int) -> bytes:
    """The key of one part of a history item's audio: a stretch of one stream, of use to that item alone."""
    return digest("history-audio/1", history_item_id, output_format, ordinal)


def image_key(*, workspace_id: WorkspaceId, content: bytes) -> bytes:
    """The key of a picture."""
    return digest("image/1", workspace_id, content)


def document_key(*, workspace_id: WorkspaceId, content: bytes) -> bytes:
    """The key of a file that a project was made of."""
    return digest("document/1", workspace_id, content)


def file_key(*, workspace_id: WorkspaceId, content: bytes) -> bytes:
    """The key of a stretch of an export's bytes."""
    return digest("file/1", workspace_id, content)


def source_key(
    *,
    text: str,
    language: str,
    voice_id: VoiceId,
    settings: Mapping[str, float],
    rules: Sequence[str],
    normalization: str | None = None,
) -> bytes:
    """The key of what a person sees of a node: when it changes, the node's take is stale.

    text: the original, as written.    rules: the pronunciation rules that fit in it, in their order.
    normalization: what was asked for; None where numbers are read in the text's own language, as they usually are.
    No versions of engines or encoders: an update makes nothing stale.
    """
    asked = () if normalization is None else (normalization,)
    return digest("source/1", text, language, voice_id, *_listed(settings), len(rules), *rules, *asked)


def _listed(numbers: Mapping[str, float]) -> Iterable[KeyPart]:
    """Names and values in the order of the names, after their count; 1 and 1.0 are the same setting."""
    yield len(numbers)
    for name in sorted(numbers):
        value = numbers[name]
        yield name
        yield value if isinstance(value, bool) else float(value)
