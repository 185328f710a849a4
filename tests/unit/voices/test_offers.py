"""What can be installed, as lists tell it."""

import json

import pytest
from tests.voice_mirrors import listed

from rhapsode.studio.errors import FetchFailed
from rhapsode.voices.offers import kokoro_offer, read_piper_list

HOME = "https://example.org/voices"


def test_a_list_tells_files_with_sizes_and_checksums() -> None:
    """Paths are those of the list below the address that it is at; samples are left out."""
    files = {"model": b"graph", "config": b"{}", "card": b"* License: CC0"}
    (offer,) = read_piper_list(json.dumps(listed("en_US-tides-medium", files)).encode(), HOME)

    assert (offer.name, offer.engine, offer.language) == ("en_US-tides-medium", "piper", "en-US")
    assert offer.description == "English (United States), medium quality"
    assert sorted(offer.files) == ["card", "config", "model"]
    assert offer.files["model"].url == f"{HOME}/en/en_US/tides/medium/en_US-tides-medium.onnx"
    assert offer.size_bytes == sum(map(len, files.values()))
    assert offer.answers("EN_us-tides-medium")
    assert offer.answers("en-us-tides-medium")
    assert not offer.answers("tides")


def test_what_has_no_model_is_not_offered() -> None:
    """A list may have entries of another kind."""
    content = json.dumps(listed("en_US-tides-medium", {"config": b"{}"})).encode()

    assert read_piper_list(content, HOME) == []


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"a": {"key": 1}}', b"\xff"])
def test_what_is_no_list_is_said_to_be_none(content: bytes) -> None:
    """One sentence with the address."""
    with pytest.raises(FetchFailed, match=rf"{HOME}/voices.json isn't a list of Piper's voices"):
        read_piper_list(content, HOME)


def test_kokoro_is_meant_by_each_of_its_voices() -> None:
    """All of them are in two files, which a mirror has under the same names."""
    offer = kokoro_offer(HOME)

    assert [name for name in ("kokoro", "Kokoro", "af_heart", "bm_george") if not offer.answers(name)] == []
    assert not offer.answers("en_US-tides-medium")
    assert {file.url for file in offer.files.values()} == {
        f"{HOME}/kokoro-v1.0.onnx",
        f"{HOME}/voices-v1.0.bin",
    }
    assert {file.checksum[0] for file in offer.files.values() if file.checksum} == {"sha256"}
