"""Piper speaks: real models of tones, in the real child."""

import functools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.voice_graphs import (
    HOP_SAMPLES,
    RATE_HZ,
    need_engine,
    piper_config,
    piper_graph,
    piper_voice,
    tone_hz,
)

from rhapsode.engines.engine import Speech
from rhapsode.engines.piper import PiperEngine
from rhapsode.studio.errors import EngineFailed, InvalidInput, UnknownLanguage, UnknownVoice, VoiceRefused
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

pytestmark = pytest.mark.slow

CALM = VoiceSettings(stability=1.0)
"""Nothing is left to chance."""


@pytest.fixture(scope="module")
def engine() -> Iterator[PiperEngine]:
    """One child for all tests of this module."""
    need_engine("piper")
    engine = PiperEngine()
    yield engine
    engine.close()


@functools.cache
def voices(engine: PiperEngine, speakers: int) -> Sequence[Voice]:
    """Those of a model with so many speakers."""
    return engine.read_voices(piper_voice(speakers=speakers).files)


def say(
    engine: PiperEngine,
    text: str,
    settings: VoiceSettings = CALM,
    *,
    voice: Voice | None = None,
    speakers: int = 1,
    language: str = "en-US",
    pronunciations: Sequence[Pronunciation] = (),
    seed: int = 0,
) -> Speech:
    """What a voice says, the first one unless it is said."""
    return engine.synthesize(
        text,
        voice=voice or voices(engine, speakers)[0],
        language=language,
        settings=settings,
        files=piper_voice(speakers=speakers).files,
        pronunciations=pronunciations,
        seed=seed,
    )


def heard_hz(samples: NDArray[np.int16]) -> int:
    """The loudest tone."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), RATE_HZ))
    return int(spectrum.argmax())


def tones(speech: Speech, start: int, end: int) -> set[int]:
    """All tones that are heard in the time of text[start:end], in steps of one frame."""
    first, last = speech.alignment.boundaries[start], speech.alignment.boundaries[end]
    frames = speech.samples[first:last].reshape(-1, HOP_SAMPLES)
    return {round(heard_hz(frame), -1) for frame in frames if frame.any()}


def test_each_word_is_heard_where_the_alignment_says(engine: PiperEngine) -> None:
    """Its tones are those of its phonemes, none of its neighbours', and all samples belong to a character."""
    speech = say(engine, "Moon, papa. Kiss sissy!")
    phonemes = {(0, 4): "muːn", (6, 10): "pɑːə", (12, 16): "kɪs", (17, 22): "sɪi"}
    near = {(start, end): {round(tone_hz(p), -1) for p in said} for (start, end), said in phonemes.items()}

    for (start, end), expected in near.items():
        found = tones(speech, start, end)
        assert all(any(abs(tone - each) <= 50 for each in expected) for tone in found), (
            start,
            found,
            expected,
        )
        assert found
    assert speech.alignment.boundaries[0] == 0
    assert speech.alignment.boundaries[-1] == speech.samples.size


_BARE = """
import json, sys
import numpy as np
from piper import PiperVoice, SynthesisConfig
model, text = sys.argv[1:]
voice = PiperVoice.load(model, include_alignments=True)
calm = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False)
chunks = list(voice.synthesize(text, calm, include_alignments=True))
sound = np.concatenate([chunk.audio_float_array for chunk in chunks])
words = [["".join(chunk.phonemes), chunk.phoneme_id_samples.tolist()] for chunk in chunks]
print(json.dumps({"samples": (sound * 32767).round().astype(int).tolist(), "words": words}))
"""


def test_it_says_what_piper_says(engine: PiperEngine) -> None:
    """Without chance the samples are those of bare piper-tts, to the last bit but one, for all of a text at once."""
    text = (
        "Dr. Rhea lived at 12 Tide Row; nobody knew why. “Well-known?” she said — once… (1859) I've gone home"
    )
    speech = say(engine, text)
    bare = subprocess.run(
        [sys.executable, "-c", _BARE, str(piper_voice().model), text],
        capture_output=True,
        check=True,
        timeout=60,
    )
    samples = np.array(json.loads(bare.stdout)["samples"])

    assert samples.size == speech.samples.size
    assert np.abs(samples - speech.samples).max() <= 1


def test_another_seed_is_another_reading_and_the_same_seed_the_same(engine: PiperEngine) -> None:
    """In another process, and after other texts, too."""
    text, settings = "Three boats came in.", VoiceSettings()
    first, other = (say(engine, text, settings, seed=seed) for seed in (0, 1))
    another = PiperEngine()
    try:
        say(another, "Something else.", settings)
        again = say(another, text, settings)
    finally:
        another.close()

    assert np.array_equal(first.samples, again.samples)
    assert first.alignment == again.alignment
    assert first.samples.tobytes() != other.samples.tobytes()


def test_speed_divides_the_time(engine: PiperEngine) -> None:
    """As exactly as whole frames allow, which the shortest sounds have few of."""
    slow, fast = (say(engine, "Three boats came in.", replace(CALM, speed=speed)) for speed in (0.7, 1.2))

    assert slow.samples.size / fast.samples.size == pytest.approx(1.2 / 0.7, rel=0.15)


def test_speakers_of_one_file_sound_different(engine: PiperEngine) -> None:
    """The second one's tones lie higher; a name that isn't in the files is refused."""
    both = voices(engine, 2)
    first, second = (say(engine, "Moon", voice=voice, speakers=2) for voice in both)

    assert heard_hz(first.samples[: HOP_SAMPLES * 8]) + 10 == heard_hz(second.samples[: HOP_SAMPLES * 8])
    with pytest.raises(UnknownVoice, match="no speaker 'p1'"):
        say(engine, "Moon", voice=replace(both[0], speaker="p1"), speakers=2)


def test_a_pronunciation_is_heard_in_place_of_the_word(engine: PiperEngine) -> None:
    """Only there, and only with sounds that the voice knows."""
    rules = (Pronunciation(4, 8, "s☃s"),)
    speech = say(engine, "Moo Rhea moo.", pronunciations=rules)

    assert {round(tone, -2) for tone in tones(speech, 4, 8)} == {round(tone_hz("s"), -2)}
    assert tones(speech, 0, 3) == tones(say(engine, "Moo Rhea moo."), 0, 3)


@pytest.mark.parametrize("text", [" ", "—", "\n\n", "\u200b"])
def test_what_has_no_sound_is_a_short_silence(engine: PiperEngine, text: str) -> None:
    """A tenth of a second, which all characters share."""
    speech = say(engine, text)

    assert not speech.samples.any()
    assert speech.samples.size <= RATE_HZ
    assert speech.alignment.boundaries[-1] == speech.samples.size


def test_a_sentence_without_an_end_is_said_in_parts(engine: PiperEngine) -> None:
    """Two thousand characters have their time, each word in its order."""
    text = ("moon and sand and " * 112)[:2000]
    speech = say(engine, text)

    assert speech.alignment.character_count == 2000
    assert len(set(speech.alignment.boundaries)) > 1500


def test_voices_and_languages_that_are_not_its_own_are_refused(engine: PiperEngine) -> None:
    """Before anything is asked of the child."""
    voice = voices(engine, 1)[0]
    with pytest.raises(UnknownLanguage, match="does not speak 'de'"):
        say(engine, "Moon", language="de")
    with pytest.raises(VoiceRefused, match="missing is the model"):
        engine.synthesize("Moon", voice=voice, language="en-US", settings=CALM)
    with pytest.raises(UnknownVoice, match="piper has no voice"):
        say(engine, "Moon", voice=replace(voice, engine="espeak"))


def _changed_config(**changes: Any) -> bytes:
    return json.dumps(piper_config() | changes).encode()


def _other_graph() -> bytes:
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Ceil", ["a"], ["b"])], "g", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)])
    model.ir_version = 8
    return bytes(model.SerializeToString())


def _broken_graph() -> bytes:
    """A graph whose last node can't be computed."""
    import onnx

    model = onnx.ModelProto.FromString(piper_graph())
    model.graph.node[-1].op_type = "NoSuchNode"
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("model", "config", "reason"),
    [
        (
            lambda: piper_graph()[:4000],
            _changed_config,
            "model tides.onnx can't be used: it is no ONNX graph",
        ),
        (lambda: b"RIFF", _changed_config, "model tides.onnx can't be used: it is no ONNX graph"),
        (
            _other_graph,
            _changed_config,
            "model tides.onnx is not that of a Piper voice: it has no input 'input'",
        ),
        (_broken_graph, _changed_config, "model tides.onnx can't be loaded: .*NoSuchNode"),
        (
            lambda: piper_graph(is_timed=False),
            _changed_config,
            "tides.onnx does not tell how long its phonemes are",
        ),
        (
            lambda: piper_graph(speakers=2),
            _changed_config,
            "tides.onnx has several speakers and its config says one",
        ),
        (
            piper_graph,
            lambda: _changed_config(num_speakers=2),
            "tides.onnx has one speaker and its config says several",
        ),
        (
            piper_graph,
            lambda: _changed_config(espeak={"voice": "tlh"}),
            "config tides.json can't be used: .*'tlh'",
        ),
        (piper_graph, lambda: b"{", "config tides.json is no JSON"),
        (lambda: None, _changed_config, "model tides.onnx can't be read: No such file"),
    ],
)
def test_what_is_wrong_with_files_is_said(
    tmp_path: Path, engine: PiperEngine, model: Any, config: Any, reason: str
) -> None:
    """Which file it is, and why no voice can be made of it."""
    files = {"model": tmp_path / "tides.onnx", "config": tmp_path / "tides.json"}
    for role, make in {"model": model, "config": config}.items():
        content = make()
        if content is not None:
            files[role].write_bytes(content)
    with pytest.raises(VoiceRefused, match=reason):
        engine.read_voices(files)


def test_files_that_have_changed_are_looked_at_again(engine: PiperEngine, tmp_path: Path) -> None:
    """Whoever sets a file right, or spoils it, installs it from the same place."""
    files = {role: tmp_path / path.name for role, path in piper_voice().files.items()}
    for role, path in piper_voice().files.items():
        files[role].write_bytes(path.read_bytes())
    assert engine.read_voices(files)

    files["model"].write_bytes(b"spoiled")
    with pytest.raises(VoiceRefused, match="no ONNX graph"):
        engine.read_voices(files)


def test_a_voice_has_two_files(engine: PiperEngine) -> None:
    """The config is as needed as the model."""
    files: Mapping[str, Path] = {"model": piper_voice().model}
    with pytest.raises(VoiceRefused, match="missing is the config"):
        engine.read_voices(files)


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the processor without a word: whoever asked for a GPU would wait for hours."""
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("onnxruntime can use a GPU here")
    monkeypatch.setenv("RHAPSODE_PIPER_DEVICE", "cuda")
    engine = PiperEngine()
    with pytest.raises(EngineFailed, match=r"cuda was asked for, .*onnxruntime-gpu is needed"):
        engine.read_voices(piper_voice().files)
    assert not engine.traits.reproducible


def test_a_device_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of the variable."""
    monkeypatch.setenv("RHAPSODE_PIPER_DEVICE", "gpu")
    with pytest.raises(InvalidInput, match=r"^RHAPSODE_PIPER_DEVICE can't be used"):
        PiperEngine()


def test_nothing_of_piper_is_loaded_where_it_is_asked() -> None:
    """The process that asks has neither the GPL libraries nor the models' in it."""
    script = f"""
import sys
from pathlib import Path
from rhapsode.engines.piper import PiperEngine
from rhapsode.studio.voice import VoiceSettings
engine = PiperEngine()
files = {{"model": Path({str(piper_voice().model)!r}), "config": Path({str(piper_voice().config)!r})}}
voice = engine.read_voices(files)[0]
engine.synthesize("Moon.", voice=voice, language="en-US", settings=VoiceSettings(), files=files)
engine.close()
print(sorted({{"onnx", "onnxruntime", "piper", "espeakng_loader"}} & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=60
    )

    assert ran.stdout.strip() == "[]"
