"""Audio and its alignment in one JSON object, written as it is read: nothing grows with the audio."""

import base64
from collections.abc import Iterable, Iterator

from rhapsode.api.alignment_models import CharacterAlignment


def timed_audio(blocks: Iterable[bytes], alignment: CharacterAlignment) -> Iterator[bytes]:
    """An object of the schema AudioWithTimestampsResponseModel, which is also that of a streamed part.

    The normalized alignment is the alignment itself: both are of the original text.
    """
    times = alignment.model_dump_json().encode()
    yield b'{"audio_base64":"'
    yield from _base64(blocks)
    yield b'","alignment":' + times + b',"normalized_alignment":' + times + b"}"


def _base64(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 of all blocks together: three bytes at a time, wherever one block ends and the next begins."""
    rest = b""
    for block in blocks:
        whole = rest + block
        end = len(whole) - len(whole) % 3
        rest = whole[end:]
        yield base64.b64encode(whole[:end])
    yield base64.b64encode(rest)
