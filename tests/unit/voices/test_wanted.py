"""What somebody wants who names an address, a file or a folder."""

from pathlib import Path

import pytest

from rhapsode.studio.errors import InvalidInput, VoiceRefused
from rhapsode.studio.limits import MAX_VOICE_LIST_BYTES as LIMIT
from rhapsode.voices.downloads import RemoteFile
from rhapsode.voices.offers import Offer, kokoro_offer
from rhapsode.voices.wanted import InstallOrder, Wanted, list_wanted

KEY = "en_US-tides-medium"


def wanted(name: str | Path) -> list[Wanted]:
    """What an order is about, whose names are all Kokoro's."""

    def find_offer(_: str) -> Offer:
        return kokoro_offer()

    return list(list_wanted(InstallOrder(str(name)), find_offer))


def lay(folder: Path, *names: str) -> None:
    """Have files in a folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def test_an_address_is_that_of_a_model_with_its_config_beside_it() -> None:
    """A card may be missing; what stands behind the question mark is asked of all of them."""
    (found,) = wanted("https://example.org/voices/tides.onnx?download=true")

    assert (found.engine, found.name) == ("piper", "tides")
    assert found.origin == "https://example.org/voices/tides.onnx?download=true"
    assert found.files == {
        "model": RemoteFile("https://example.org/voices/tides.onnx?download=true"),
        "config": RemoteFile("https://example.org/voices/tides.onnx.json?download=true", max_bytes=LIMIT),
        "card": RemoteFile(
            "https://example.org/voices/MODEL_CARD?download=true", is_optional=True, max_bytes=LIMIT
        ),
    }
    with pytest.raises(InvalidInput, match="no address of a Piper voice"):
        wanted("https://example.org/voices/tides.zip")


def test_a_folder_has_every_voice_that_lies_in_it(tmp_path: Path) -> None:
    """By the names that their makers give them, however deep; what lies beside them is nothing."""
    lay(tmp_path, f"en/{KEY}.onnx", f"en/{KEY}.onnx.json", "en/MODEL_CARD", "en/sample.mp3", "lost.onnx")
    lay(tmp_path, "kokoro-v1.0.onnx", "voices-v1.0.bin")

    piper, kokoro = wanted(tmp_path)
    assert (piper.engine, piper.name, sorted(piper.files)) == ("piper", KEY, ["card", "config", "model"])
    assert (kokoro.engine, sorted(kokoro.files)) == ("kokoro", ["model", "styles"])
    assert kokoro.license == ""
    assert [each.origin for each in wanted(tmp_path / "en" / f"{KEY}.onnx")] == [piper.origin]

    lay(tmp_path, "en/other.onnx", "en/other.onnx.json")
    assert [sorted(each.files) for each in wanted(tmp_path / "en")] == [["config", "model"]] * 2, (
        "whose card?"
    )


def test_what_has_no_voice_is_refused(tmp_path: Path) -> None:
    """With what a voice consists of."""
    lay(tmp_path, "lost.onnx", "notes.txt")
    for name in ("lost.onnx", "notes.txt", ""):
        with pytest.raises(VoiceRefused, match=r"A voice of Piper is a file \.onnx with its \.onnx\.json"):
            wanted(tmp_path / name)
    with pytest.raises(VoiceRefused, match="There is no file"):
        wanted(tmp_path / "gone.onnx")


def test_a_name_is_that_of_an_offer() -> None:
    """Its licence may be known before its files are."""
    (found,) = wanted("kokoro")

    assert (found.origin, found.license, len(found.remote)) == ("kokoro", "Apache-2.0", 2)
