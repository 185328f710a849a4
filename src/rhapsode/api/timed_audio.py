"""Audio and its alignment as JSON, written as it is made: but for the alignment, nothing grows with the audio."""

import base64
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from rhapsode.api.alignment_models import CharacterAlignment, character_alignment, spoken_alignment
from rhapsode.rendering.streamed_part import StreamedPart

More = Callable[[CharacterAlignment, int], bytes]
"""Gives what an object has beside audio and alignments, as JSON, each member behind a comma.

It is given the alignment, and where in the whole text its first character is.
"""


def nothing_more(_alignment: CharacterAlignment, _first_character: int) -> bytes:
    """Of an object that has nothing else."""
    return b""


class TimedWriter:
    """All of a text as one object of the schema AudioWithTimestampsResponseModel, the alignments last.

    head: the bytes before the first part.
    """

    def __init__(self, head: bytes, more: More = nothing_more) -> None:
        self._more = more
        self._parts: list[StreamedPart] = []
        self._encode = Base64()
        self._before = b'{"audio_base64":"' + self._encode(head)

    def part(self, part: StreamedPart) -> Iterator[bytes]:
        """What the next part adds."""
        yield self._before
        self._before = b""
        self._parts.append(part)
        yield from map(self._encode, part.iterate_audio())

    def end(self) -> Iterator[bytes]:
        """What stands behind the last part."""
        yield self._encode.finish()
        yield from _alignments(self._parts, self._more, 0)


class TimedLineWriter:
    """An object of the schema StreamingAudioChunkWithTimestampsResponseModel for each part, each in a line."""

    def __init__(self, head: bytes, more: More = nothing_more) -> None:
        self._more = more
        self._head = head
        self._first_character = 0

    def part(self, part: StreamedPart) -> Iterator[bytes]:
        """The line of the next part."""
        encode = Base64()
        yield b'{"audio_base64":"'
        yield from map(encode, chain([self._head], part.iterate_audio()))
        yield encode.finish()
        yield from _alignments([part], self._more, self._first_character)
        # The last line too: the JavaScript SDK loses one that doesn't end.
        yield b"\n"
        self._head = b""
        self._first_character += len(part.written.text)

    def end(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())


class Base64:
    """Base64 of all blocks together: three bytes at a time, wherever one block ends and the next begins."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, block: bytes) -> bytes:
        """What can be said with one more block."""
        whole = self._rest + block
        end = len(whole) - len(whole) % 3
        self._rest = whole[end:]
        return base64.b64encode(whole[:end])

    def finish(self) -> bytes:
        """What is left."""
        return base64.b64encode(self._rest)


def _alignments(parts: Iterable[StreamedPart], more: More, first_character: int) -> Iterator[bytes]:
    """From the end of the audio to the end of the object: of what was sent, and of what was spoken for it."""
    parts = list(parts)
    alignment = character_alignment(part.alignment for part in parts)
    yield b'","alignment":' + alignment.model_dump_json().encode()
    spoken = spoken_alignment(part.spoken_alignment for part in parts)
    yield b',"normalized_alignment":' + spoken.model_dump_json().encode()
    yield more(alignment, first_character) + b"}"
