"""A voice is heard in a sentence of its own language, which is spoken once for as long as it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import TONE_HIGH, TONE_LOW, WORKSPACE, Studio, ThisProcess, open_studio

from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.turns import always
from rhapsode.rendering.voice_samples import VoiceSamples
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    with open_studio(tmp_path, ThisProcess(1)) as studio:
        yield studio


def samples_of(studio: Studio, *, max_kept: int) -> VoiceSamples:
    """Samples, spoken in this process."""
    return VoiceSamples(Speaking(studio.records, studio.blobs, ThisProcess(1)), max_kept=max_kept)


def test_a_sample_is_spoken_once(studio: Studio) -> None:
    """And kept until others were asked for since; what is spoken again is the same."""
    samples = samples_of(studio, max_kept=1)
    first = samples.get(WORKSPACE, TONE_LOW, is_wanted=always)
    assert samples.get(WORKSPACE, TONE_LOW, is_wanted=always) is first
    other = samples.get(WORKSPACE, TONE_HIGH, is_wanted=always)
    again = samples.get(WORKSPACE, TONE_LOW, is_wanted=always)
    assert again is not first
    assert again.content == first.content != other.content
    assert not list(studio.blobs.temporary_directory().parent.rglob("*.pack"))


def test_nobody_has_no_voice(studio: Studio) -> None:
    """A voice that isn't installed is refused."""
    with pytest.raises(UnknownVoice):
        samples_of(studio, max_kept=1).get(WORKSPACE, VoiceId("nobody"), is_wanted=always)
