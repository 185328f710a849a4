"""How loud a file is, by its measurements."""

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests import bs1770
from tests.factories import need_espeak

from rhapsode.audio.encode import encode_segment, to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES, MP3_128, MP3_192, PCM, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.levels import ENCODER_SCALES, Levels, levels_of
from rhapsode.audio.measurements import (
    Measurements,
    join_measurements,
    measure,
    pack_measurements,
    silence,
    unmeasured,
    unpack_measurements,
)

Samples = NDArray[np.int16]


def kept(samples: Samples) -> Measurements:
    """As records have them."""
    return unpack_measurements(pack_measurements(measure(samples)))


def loud(level_db: float, frame_count: int) -> Samples:
    """A tone of so many dB RMS that fills whole frames."""
    sine = np.sin(2 * np.pi * 997 * np.arange(frame_count * FRAME_SAMPLES) / SAMPLE_RATE_HZ)
    return np.asarray(np.rint(sine * np.sqrt(2) * 10 ** (level_db / 20) * 32_768), np.int16)


def levels(*parts: Measurements, encoding: Encoding = PCM) -> Levels:
    return levels_of(join_measurements(parts), encoding)


def spoken(text: str) -> Samples:
    """Real speech at 44.1 kHz."""
    from rhapsode.engines.registry import get_engine, list_voices
    from rhapsode.studio.voice import VoiceSettings

    need_espeak()
    voice = next(voice for voice in list_voices() if voice.engine == "espeak")
    speech = get_engine("espeak").synthesize(
        text, voice=voice, language=voice.language, settings=VoiceSettings(), pronunciations=()
    )
    return to_44100(speech.samples, speech.sample_rate_hz)


def test_a_tone_is_as_loud_as_it_is() -> None:
    """A sine of -23 dB RMS at 997 Hz, in one channel, is -23 LUFS by the standard's own definition."""
    found = levels(kept(loud(-23, 400)))
    assert found.rms_db == pytest.approx(-23, abs=0.01)
    assert found.integrated_lufs == pytest.approx(-23, abs=0.05)
    assert found.sample_peak_db == pytest.approx(-20, abs=0.02)
    assert found.true_peak_db == pytest.approx(-20, abs=0.02)
    assert found.loudness_range_lu == pytest.approx(0, abs=0.1)
    assert found.duration_samples == 400 * FRAME_SAMPLES


def test_the_loudness_of_speech_is_that_of_the_standard() -> None:
    """Within 0.1 LU of BS.1770 worked out sample by sample, in steps and gates too; the range of pauses counts."""
    text = "The lamps are lit at dusk, when the last boat has come in and the wind begins to turn."
    first, second = spoken(text), spoken("Nobody stood on the quay.") // 3
    pause = np.zeros(60 * FRAME_SAMPLES, np.int16)
    whole = [first, pause, second]
    laid = [np.pad(each, (0, -each.size % FRAME_SAMPLES + FRAME_SAMPLES)) for each in (first, second)]
    samples = np.concatenate([laid[0], pause, laid[1][:-FRAME_SAMPLES]]).astype(np.float64) / 32_768
    found = levels(kept(whole[0]), silence(60), kept(whole[2]))
    assert found.duration_samples == samples.size
    assert found.integrated_lufs == pytest.approx(bs1770.integrated_lufs(samples), abs=0.05)
    assert found.rms_db == pytest.approx(10 * np.log10(np.mean(samples**2)), abs=0.05)


@pytest.mark.parametrize("encoding", [MP3_128, MP3_192, PCM])
def test_levels_are_those_of_the_encoded_file(encoding: Encoding) -> None:
    """What the encoder turns down is known, and nothing else of it is heard in a level."""
    samples = spoken("The lamps are lit at dusk. Nobody stood on the quay.")
    content = encode_segment(samples, encoding)
    if encoding is PCM:
        decoded = np.frombuffer(content, "<i2") / 32_768
    else:
        decoded, _ = soundfile.read(io.BytesIO(content))
    found = levels(kept(samples), encoding=encoding)
    heard = np.sum(decoded**2) / found.duration_samples
    assert found.rms_db == pytest.approx(10 * np.log10(heard), abs=0.05)
    assert found.sample_peak_db == pytest.approx(20 * np.log10(np.abs(decoded).max()), abs=0.1)
    assert set(ENCODER_SCALES) == {MP3_128.name, MP3_192.name}


def test_the_quietest_half_second_is_the_noise_floor() -> None:
    """Wherever it is; of a shorter file, all of it."""
    quiet, speech = kept(loud(-70, 30)), kept(loud(-20, 100))
    assert levels(speech, quiet, speech).noise_floor_db == pytest.approx(-70, abs=0.5)
    assert levels(speech, kept(loud(-70, 4)), speech).noise_floor_db > -40
    assert levels(kept(loud(-20, 3))).noise_floor_db == pytest.approx(-20, abs=0.2)
    assert levels(speech, silence(40), speech).noise_floor_db == -96


def test_room_tone_is_what_is_quiet_at_either_end() -> None:
    """Down to ACX's own limit of noise, in whole frames; silence counts."""
    speech = kept(loud(-20, 100))
    found = levels(silence(20), kept(loud(-65, 10)), speech, silence(30))
    # A segment ends with a silent frame, and the file with one that isn't heard.
    assert found.leading_samples == 31 * FRAME_SAMPLES
    assert found.trailing_samples == 30 * FRAME_SAMPLES
    assert levels(silence(20)).leading_samples == 19 * FRAME_SAMPLES


def test_silence_has_no_loudness() -> None:
    """It has the lowest level there is, and no level in LUFS; nor has what is shorter than a block."""
    found = levels(silence(500))
    assert (found.rms_db, found.sample_peak_db, found.true_peak_db, found.noise_floor_db) == (
        -96,
        -96,
        -96,
        -96,
    )
    assert (found.integrated_lufs, found.loudness_range_lu) == (None, None)
    assert levels(kept(loud(-20, 10))).integrated_lufs is None
    assert levels(kept(loud(-20, 100))).loudness_range_lu is None
    assert levels(silence(1)).duration_samples == 0


def test_the_quiet_is_gated() -> None:
    """Long pauses leave the loudness alone, and lower the RMS."""
    speech = kept(loud(-20, 800))
    with_pauses = levels(speech, silence(800))
    assert with_pauses.integrated_lufs == pytest.approx(levels(speech).integrated_lufs, abs=0.1)
    assert with_pauses.rms_db == pytest.approx(-23, abs=0.02)


def test_the_range_is_between_quiet_and_loud() -> None:
    """EBU Tech 3342, test signal 1: a tone at -20 LUFS and one at -30 LUFS, 20 s each, is a range of 10 LU."""
    twenty_s = 20 * SAMPLE_RATE_HZ // FRAME_SAMPLES
    assert levels(kept(loud(-20, twenty_s)), kept(loud(-30, twenty_s))).loudness_range_lu == pytest.approx(
        10, abs=1
    )


def test_what_was_not_measured_is_left_out() -> None:
    """Its length is told, the levels are those of the rest, and what ends the room tone isn't known."""
    speech = kept(loud(-20, 400))
    found = levels(silence(20), unmeasured(50), speech, silence(40))
    assert found.unmeasured_samples == 50 * FRAME_SAMPLES
    assert found.leading_samples is None
    assert found.trailing_samples == 40 * FRAME_SAMPLES
    assert found.integrated_lufs == pytest.approx(-20, abs=0.2)
    nothing = levels(unmeasured(50))
    assert (nothing.rms_db, nothing.integrated_lufs, nothing.trailing_samples) == (-96, None, None)


def test_what_is_clipped_is_counted() -> None:
    """In all parts together."""
    clipped = replace(kept(loud(-20, 10)), clipped_samples=3)
    assert levels(clipped, silence(3), clipped).clipped_samples == 6
