"""Keys: what changes them, what doesn't, and that nobody changes them by accident."""

import hashlib
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.storage.keys import (
    KeyPart,
    digest,
    image_key,
    level_key,
    pause_key,
    segment_key,
    source_key,
    speech_key,
)
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.pronunciation import Pronunciation

SPEECH: dict[str, Any] = {
    "workspace_id": WorkspaceId("0MqR6cJ2nXw5b8TzK3vA"),
    "spoken_text": "Doctor Smith said: naïve.",
    "language": "en-GB",
    "voice_id": VoiceId("espeak-en-gb"),
    "settings": {"speed": 1.05, "stability": 0.5},
    "engine": "espeak",
    "engine_version": "1",
    "take": 0,
}
SEGMENT: dict[str, Any] = {
    "speech_key": bytes(range(32)),
    "mastering": {"gain_db": -2.5, "limiter": True},
    "encoding": "mp3_44100_128",
    "recipe_version": "1",
}
PAUSE: dict[str, Any] = {
    "workspace_id": WorkspaceId("0MqR6cJ2nXw5b8TzK3vA"),
    "frame_count": 23,
    "encoding": "mp3_44100_128",
    "recipe_version": "1",
}
IMAGE: dict[str, Any] = {"workspace_id": WorkspaceId("0MqR6cJ2nXw5b8TzK3vA"), "content": b"\x89PNG"}
SOURCE: dict[str, Any] = {
    "text": "Dr. Smith said: naïve.",
    "language": "en-GB",
    "voice_id": VoiceId("espeak-en-gb"),
    "settings": {"speed": 1.05, "stability": 0.5},
    "rules": ["Smith=smɪθ"],
}
LEVEL: dict[str, Any] = {name: SPEECH[name] for name in ("engine", "voice_id", "language", "settings")}

KEYS: list[tuple[Callable[..., bytes], dict[str, Any], str]] = [
    (speech_key, SPEECH, "4cb0f1481d913d2e66b67c3218fb7a18eb8641510f8a4cdb50f8adfea12830bc"),
    (segment_key, SEGMENT, "7b2c041c4d120d2d80fdb647a5ac0bfbdfdcf63566e5bc6ab2aec530f2ee1872"),
    (level_key, LEVEL, "8c3a829365b905a748c28e7221cac8e3531e92f47d4efa462cebb9f0f09267f3"),
    (pause_key, PAUSE, "a0f15e2da6219b0e6f7213c66fc645bb7a0f83b33f5eb4135f93be5ec67499b7"),
    (image_key, IMAGE, "1f949ab20f5db351ff6c85883713270b15a9a1003b5616539ad0516dc62f9ebf"),
    (source_key, SOURCE, "fc1b47b4a0a03fbb380d9f9f91d5a965efe7461a109b944eab00e82020b33555"),
]


@pytest.mark.parametrize(("key_of", "arguments", "expected"), KEYS)
def test_keys_stay_what_they_are(
    key_of: Callable[..., bytes], arguments: dict[str, Any], expected: str
) -> None:
    """A key is the same in every version: a change would make everything stored be made again."""
    assert key_of(**arguments).hex() == expected


OTHERS: dict[str, Any] = {
    "workspace_id": "0MqR6cJ2nXw5b8TzK3vB",
    "spoken_text": "Doctor Smith said: naive.",
    "text": "Dr Smith said: naïve.",
    "language": "en-US",
    "voice_id": "espeak-en-us",
    "settings": {"speed": 1.05, "stability": 0.6},
    "engine": "tone",
    "engine_version": "2",
    "take": 1,
    "speech_key": bytes(32),
    "mastering": {"gain_db": -2.5, "limiter": False},
    "encoding": "mp3_44100_192",
    "recipe_version": "2",
    "frame_count": 24,
    "content": b"\x89PNH",
    "rules": ["Smith=smɪθ", "Smith=smɪθ"],
}


@pytest.mark.parametrize(
    ("key_of", "arguments", "name"),
    [(key_of, arguments, name) for key_of, arguments, _ in KEYS for name in arguments],
)
def test_every_argument_counts(key_of: Callable[..., bytes], arguments: dict[str, Any], name: str) -> None:
    """Another value of any one argument gives another key."""
    assert key_of(**arguments | {name: OTHERS[name]}) != key_of(**arguments)


def test_pronunciations_count_where_there_are_any() -> None:
    """Each place and each sound of them; a text without any has the key that it had before there were any."""
    smith = Pronunciation(7, 12, "smɪθ")
    keys = {
        speech_key(**SPEECH, pronunciations=pronunciations)
        for pronunciations in (
            (),
            (smith,),
            (smith, smith),
            (Pronunciation(7, 11, "smɪθ"),),
            (Pronunciation(6, 12, "smɪθ"),),
            (Pronunciation(7, 12, "smaɪθ"),),
        )
    }
    assert len(keys) == 6
    assert speech_key(**SPEECH) in keys


def test_normalization_counts_where_it_is_not_the_usual() -> None:
    """And it can't be taken for a rule."""
    usual, off = source_key(**SOURCE), source_key(**SOURCE, normalization="off")
    as_rule = source_key(**SOURCE | {"rules": [*SOURCE["rules"], "off"]})
    assert len({usual, off, as_rule, source_key(**SOURCE, normalization="apply_english")}) == 4


def test_settings_count_by_name_and_value() -> None:
    """The order of settings and the type of a number don't matter, and settings can't swap their values."""
    as_whole = SPEECH | {"settings": {"stability": 0.5, "speed": 1}}
    as_float = SPEECH | {"settings": {"speed": 1.0, "stability": 0.5}}
    swapped = SPEECH | {"settings": {"speed": 0.5, "stability": 1.0}}

    assert speech_key(**as_whole) == speech_key(**as_float)
    assert speech_key(**swapped) != speech_key(**as_float)


def test_the_digest_is_as_documented() -> None:
    """A digest can be computed by hand from docs/storage.md."""

    def part(tag: bytes, content: bytes) -> bytes:
        return tag + struct.pack("<Q", len(content)) + content

    by_hand = hashlib.sha256(
        b"rhapsode-key-1\n"
        + part(b"s", b"example/1")
        + part(b"b", b"\x00\xff")
        + part(b"s", "é".encode())
        + part(b"i", b"-12")
        + part(b"d", struct.pack("<d", 0.25))
        + part(b"t", b"")
        + part(b"f", b"")
        + part(b"n", b"")
    ).digest()

    assert digest("example/1", b"\x00\xff", "é", -12, 0.25, True, False, None) == by_hand


parts = st.lists(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5),
    max_size=4,
)


def told_apart(values: list[KeyPart]) -> list[tuple[type, KeyPart]]:
    return [(type(value), value) for value in values]


@given(parts, parts)
def test_different_parts_give_different_digests(first: list[KeyPart], second: list[KeyPart]) -> None:
    """Digests are equal exactly when the lists of parts are: nothing runs into its neighbour."""
    same = told_apart(first) == told_apart(second)

    assert (digest("example/1", *first) == digest("example/1", *second)) == same


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["a"], ["a", None]),
        (["a"], ["a", ""]),
        (["a"], [b"a"]),
        ([1], [True]),
        ([0], [False]),
        ([1], [1.0]),
        ([None], [""]),
        (["1"], [1]),
    ],
)
def test_lookalikes_differ(first: list[KeyPart], second: list[KeyPart]) -> None:
    """Parts that look alike once joined or printed give different digests."""
    assert digest("example/1", *first) != digest("example/1", *second)


def test_domains_differ() -> None:
    """The same parts in another domain, or in another version of it, give another digest."""
    digests = {digest(domain, "a") for domain in ("speech/1", "speech/2", "segment/1")}

    assert len(digests) == 3


def test_both_zeros_are_one() -> None:
    """A gain of -0.0 dB is one of 0.0 dB."""
    assert digest("example/1", -0.0) == digest("example/1", 0.0)


def test_any_text_has_a_key() -> None:
    """Half of a surrogate pair, as JSON can carry it, gives a key of its own."""
    assert digest("example/1", "\ud83d") != digest("example/1", "\ud83e")
