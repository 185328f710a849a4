"""Identifiers: 20 base-62 characters that sort by the time they were made."""

import hashlib
import secrets
import time
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
ProjectId = NewType("ProjectId", str)
ChapterId = NewType("ChapterId", str)
BlockId = NewType("BlockId", str)
NodeId = NewType("NodeId", str)
TakeId = NewType("TakeId", str)
ConversionId = NewType("ConversionId", str)
ChapterSnapshotId = NewType("ChapterSnapshotId", str)
ProjectSnapshotId = NewType("ProjectSnapshotId", str)
VoiceId = NewType("VoiceId", str)
HistoryItemId = NewType("HistoryItemId", str)
ApiKeyId = NewType("ApiKeyId", str)
UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
DictionaryId = NewType("DictionaryId", str)
DictionaryVersionId = NewType("DictionaryVersionId", str)
WebhookId = NewType("WebhookId", str)
CharacterId = NewType("CharacterId", str)

# In the order of their code points, so that text order is time order in any database with a binary collation.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TIME_CHARACTERS = 9  # 62**9 exceeds 2**48 milliseconds
_RANDOM_CHARACTERS = 11  # 65 random bits


def new_id(now_ms: int | None = None) -> str:
    """Make an identifier: 48 bits of Unix milliseconds, then 65 random bits, in base 62."""
    moment_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    return _base62(moment_ms & (2**48 - 1), _TIME_CHARACTERS) + _base62(
        secrets.randbelow(62**_RANDOM_CHARACTERS), _RANDOM_CHARACTERS
    )


def is_id(text: str) -> bool:
    """Whether a text has the shape of an identifier."""
    return len(text) == _TIME_CHARACTERS + _RANDOM_CHARACTERS and set(text) <= set(_DIGITS)


def derived_id(*parts: str) -> str:
    """An identifier that is always the same for the same parts: 20 base-62 characters of their digest."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return _base62(int.from_bytes(digest, "big"), _TIME_CHARACTERS + _RANDOM_CHARACTERS)


def first_id_at(moment_ms: int) -> str:
    """What every identifier made in this millisecond or later follows in text order, and every earlier one precedes.

    Moments that identifiers can't express count as the first or the last that they can.
    """
    return _base62(min(max(moment_ms, 0), 2**48 - 1), _TIME_CHARACTERS)


def moment_of(identifier: str) -> int:
    """The millisecond in which an identifier was made. identifier: `is_id` is true of it."""
    moment_ms = 0
    for digit in identifier[:_TIME_CHARACTERS]:
        moment_ms = moment_ms * 62 + _DIGITS.index(digit)
    return moment_ms


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
