"""Files that somebody sends to make a voice of: those of a voice that is one already, or recordings of a speaker."""

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import translate_full_storage
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.studio.errors import VoiceRefused
from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import MAX_VOICE_SAMPLES

_BLOCK_BYTES = 2**20
_HEAD_BYTES = 64
_ENDING = re.compile(r"(\.[A-Za-z0-9]{1,8}){1,2}\Z")

# What is what by its first bytes: names are lost where a client sends bytes alone.
_ENGINES: Mapping[frozenset[str], str] = MappingProxyType(
    {frozenset({"model", "config"}): "piper", frozenset({"model", "styles"}): "kokoro"}
)
_WHOLE = (
    "A voice of Piper is a file .onnx and its .onnx.json; voices of Kokoro are a file .onnx and one of styles, "
    "such as voices-v1.0.bin."
)


class Upload(NamedTuple):
    """A file as a client sends it. name: as the client calls it, which may say nothing."""

    name: str
    content: BinaryIO


class SentFile(NamedTuple):
    """A file that is on this machine's disk until its request ends. role: None of what is no part of a voice."""

    path: Path
    file: VoiceFile
    role: str | None


@contextlib.contextmanager
def received(blobs: Blobs, uploads: Sequence[Upload]) -> Iterator[list[SentFile]]:
    """Files in the directory that unfinished ones lie in, which a start empties, until the end of the block.

    Raises: StorageFull.
    """
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_received(blobs, upload)) for upload in uploads]


@contextlib.contextmanager
def _received(blobs: Blobs, upload: Upload) -> Iterator[SentFile]:
    # The end of its name is told to those whom a recording is sent on to.
    end = _ENDING.search(upload.name)
    path = blobs.temporary_directory() / f"{new_id()}{end[0].lower() if end else ''}"
    try:
        with translate_full_storage():
            sent = _copied(upload.content, path)
        yield sent
    finally:
        path.unlink(missing_ok=True)


def _copied(content: BinaryIO, path: Path) -> SentFile:
    seen, size_bytes, head = hashlib.sha256(), 0, b""
    content.seek(0)
    with path.open("xb") as file:
        while block := content.read(_BLOCK_BYTES):
            head = head or block[:_HEAD_BYTES]
            seen.update(block)
            size_bytes += len(block)
            file.write(block)
    return SentFile(path, VoiceFile(seen.hexdigest(), size_bytes), role_of(head))


def role_of(head: bytes) -> str | None:
    """What a file is to a voice by its first bytes; None where it is no part of one, as recordings aren't."""
    # A graph begins with the version of its format, a small number, in field 1 (onnx.proto, ModelProto).
    if len(head) > 1 and head[0] == 0x08 and head[1] < 0x20:
        return "model"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "config"
    return "styles" if head.startswith(b"PK\x03\x04") else None


def are_samples(files: Sequence[SentFile]) -> bool:
    """Whether all of them are recordings, as far as one can say without listening. Raises: VoiceRefused."""
    if not files:
        msg = f"Send the files that the voice is to be made of, as `files`. {_WHOLE}"
        raise VoiceRefused(msg)
    are = all(file.role is None for file in files)
    if are and len(files) > MAX_VOICE_SAMPLES:
        msg = f"There are {len(files)} recordings; a voice is made of at most {MAX_VOICE_SAMPLES}."
        raise VoiceRefused(msg)
    if are and not all(file.file.size_bytes for file in files):
        msg = "One of the recordings is empty."
        raise VoiceRefused(msg)
    return are


def engine_of(files: Sequence[SentFile]) -> tuple[str, dict[str, SentFile]]:
    """The engine that speaks with these files, and what each is to it. Raises: VoiceRefused."""
    by_role = {file.role: file for file in files if file.role is not None}
    engine = _ENGINES.get(frozenset(by_role))
    if engine is None or len(by_role) < len(files):
        msg = f"These files are no voice. {_WHOLE}"
        raise VoiceRefused(msg)
    return engine, by_role
