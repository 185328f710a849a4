"""Which engines and voices there are."""

import subprocess
import sys

import pytest

from rhapsode.engines import registry
from rhapsode.studio.errors import UnknownVoice


def test_the_default_engine_comes_first_and_the_tone_last() -> None:
    """Voices come in the order of their engines."""
    voices = registry.list_voices()

    assert registry.list_engines()[0] == "espeak"
    assert registry.list_engines()[-1] == "tone"
    assert voices[0].name == "Alder"
    assert list(dict.fromkeys(voice.engine for voice in voices)) == list(registry.list_engines())


@pytest.mark.parametrize("spelled", ["Birch", "birch", "BIRCH ", "espeak_birch", "Espeak_Birch"])
def test_a_voice_is_found_by_name_or_id(spelled: str) -> None:
    """Case and outer spaces do not matter."""
    assert registry.get_voice(spelled).voice_id == "espeak_birch"


@pytest.mark.parametrize(
    ("spelled", "suggested"), [("Aldr", "Alder"), ("espeak_hazle", "Hazel"), ("tone hi", "Tone High")]
)
def test_a_misspelled_voice_is_refused_with_a_suggestion(spelled: str, suggested: str) -> None:
    """The message offers what was probably meant."""
    with pytest.raises(UnknownVoice, match=f"did you mean .*{suggested}"):
        registry.get_voice(spelled)


def test_a_name_like_no_voice_is_refused_with_the_first_voices() -> None:
    """Where nothing is close, the message still shows what a name looks like."""
    with pytest.raises(UnknownVoice, match="there are Alder, Birch, Cedar and others"):
        registry.get_voice("???")


def test_a_process_has_one_instance_of_an_engine() -> None:
    """The same name gives the same object."""
    assert registry.get_engine("tone") is registry.get_engine("tone")


def test_an_unknown_engine_is_refused() -> None:
    """The message names the engines there are."""
    with pytest.raises(UnknownVoice, match="installed are espeak, "):
        registry.get_engine("gramophone")


def test_an_engine_whose_package_is_missing_is_left_out() -> None:
    """Without espeakng_loader there is no espeak, no error, and the tone is the default."""
    code = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from rhapsode.engines.registry import list_engines, list_voices\n"
        "print(*list_engines(), list_voices()[0].voice_id)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["tone", "tone_low"]


def test_listing_voices_starts_no_process() -> None:
    """Neither a library nor a child is loaded until something is spoken."""
    code = (
        "import os\n"
        "from rhapsode.engines.registry import get_engine, list_voices\n"
        "print(len(list_voices()) > 20, get_engine('espeak').process_id)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "None"]
