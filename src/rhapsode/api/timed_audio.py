"""Audio and its alignment in one JSON object, written as it is read: nothing grows with the audio."""

import base64
from collections.abc import Iterable, Iterator

from rhapsode.api.alignment_models import CharacterAlignment


def timed_audio(
    blocks: Iterable[bytes],
    alignment: CharacterAlignment,
    normalized_alignment: CharacterAlignment,
    *,
    more: bytes = b"",
) -> Iterator[bytes]:
    """An object of the schema AudioWithTimestampsResponseModel, which is also that of a streamed part.

    alignment: of the text that was sent; normalized_alignment: of what was spoken for it.
    more: what the object has beside these, as JSON, each member behind a comma.
    """
    yield b'{"audio_base64":"'
    yield from _base64(blocks)
    yield b'","alignment":' + alignment.model_dump_json().encode()
    yield b',"normalized_alignment":' + normalized_alignment.model_dump_json().encode()
    yield more + b"}"


def _base64(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 of all blocks together: three bytes at a time, wherever one block ends and the next begins."""
    rest = b""
    for block in blocks:
        whole = rest + block
        end = len(whole) - len(whole) % 3
        rest = whole[end:]
        yield base64.b64encode(whole[:end])
    yield base64.b64encode(rest)
