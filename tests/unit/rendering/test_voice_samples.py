"""A voice is heard in a sentence of its own language, which is spoken once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import TONE_HIGH, TONE_LOW, WORKSPACE, Studio, ThisProcess, make_voice, open_studio

from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.turns import Withdrawn, always
from rhapsode.rendering.voice_samples import VoiceSamples
from rhapsode.storage import voices
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio with a voice of its own, which is the tone under another name."""
    with open_studio(tmp_path, ThisProcess(1)) as studio:
        with studio.records.write(WORKSPACE) as tx:
            voices.insert_voice(tx, make_voice("own"), {}, is_shared=False)
        yield studio


def samples_of(studio: Studio) -> VoiceSamples:
    """Samples, spoken in this process."""
    speaking = Speaking(studio.records, studio.blobs, ThisProcess(1))
    return VoiceSamples(studio.records, studio.blobs, speaking)


def test_a_sample_is_spoken_once(studio: Studio) -> None:
    """Another start finds it on the disk; each voice has its own, and no pack has any."""
    first = samples_of(studio).get(WORKSPACE, TONE_LOW, is_wanted=always)
    other = samples_of(studio).get(WORKSPACE, TONE_HIGH, is_wanted=always)

    # Nobody would get a turn to speak it: it isn't wanted any more.
    assert samples_of(studio).get(WORKSPACE, TONE_LOW, is_wanted=lambda: False) == first
    assert first.content != other.content
    with pytest.raises(Withdrawn):
        samples_of(studio).get(WORKSPACE, VoiceId("own"), is_wanted=lambda: False)
    assert not list(studio.blobs.temporary_directory().parent.rglob("*.pack"))


def test_nobody_has_no_voice(studio: Studio) -> None:
    """A voice that isn't installed is refused."""
    with pytest.raises(UnknownVoice):
        samples_of(studio).get(WORKSPACE, VoiceId("nobody"), is_wanted=always)
