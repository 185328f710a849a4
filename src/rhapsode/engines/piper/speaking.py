"""What Piper brings to the child: a model with its config, and the phonemes that it is fed. Only for the child."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.graphs.rewriting import GraphError, seeded_graph
from rhapsode.engines.graphs.seeded import SeededSession
from rhapsode.engines.neural.backend import Said
from rhapsode.engines.neural.messages import NeuralRequest
from rhapsode.engines.neural.samples import to_pcm
from rhapsode.engines.neural.sessions import open_session
from rhapsode.engines.phonemes.boundaries import TimedPhonemes, character_boundaries
from rhapsode.engines.phonemes.cutting import cut
from rhapsode.engines.phonemes.library import PhonemesError, PiperEspeak
from rhapsode.engines.phonemes.phonemes import Phonemes, spelled
from rhapsode.engines.phonemes.phonemizer import Phonemizer
from rhapsode.engines.piper.config import PiperConfig, read_config
from rhapsode.engines.piper.scales import scales_of
from rhapsode.engines.piper.symbols import feed, joined
from rhapsode.studio.errors import EngineFailed, UnknownVoice, VoiceRefused

_INPUTS = ("input", "input_lengths", "scales")
_SPEAKER = "sid"
_SOUND = "output"
_MAX_SYMBOLS = 300
"""Said at once, some 25 seconds: a model of medium size takes 20 MB for each of them, and keeps it."""

_SILENCE_MS = 100
"""Of what nothing is to be said."""


def load(files: Mapping[str, Path], device: str) -> "PiperVoice":
    """See `backend.Load`. files: `model` and `config`."""
    config = read_config(files["config"])
    model = files["model"]
    try:
        graph = seeded_graph(model)
        session = open_session(graph.content, device)
    except (GraphError, OSError) as error:
        msg = f"The model {model.name} can't be used: {error}"
        raise VoiceRefused(msg) from error
    except EngineFailed:
        raise
    except Exception as error:
        # What onnxruntime raises has no common class.
        msg = f"The model {model.name} can't be loaded: {error}"
        raise VoiceRefused(msg) from error
    _check(session, graph.durations, config, model.name)
    voice = PiperVoice(config, SeededSession(session, graph.noises), graph.durations)
    voice.check(files["config"].name)
    return voice


def _check(session: Any, durations: str, config: PiperConfig, name: str) -> None:
    """Raises: VoiceRefused, when a model isn't one of Piper's, or not that of the config."""
    inputs = {each.name for each in session.get_inputs()}
    missing = [each for each in _INPUTS if each not in inputs]
    if missing:
        msg = f"The model {name} is not that of a Piper voice: it has no input {missing[0]!r}"
        raise VoiceRefused(msg)
    if _SOUND not in {each.name for each in session.get_outputs()}:
        msg = f"The model {name} is not that of a Piper voice: it has no output {_SOUND!r}"
        raise VoiceRefused(msg)
    if not durations:
        msg = f"The model {name} does not tell how long its phonemes are, so nobody could follow its words"
        raise VoiceRefused(msg)
    if (_SPEAKER in inputs) != bool(config.speakers):
        has, says = ("several speakers", "one") if _SPEAKER in inputs else ("one speaker", "several")
        msg = f"The model {name} has {has} and its config says {says}: they don't belong together"
        raise VoiceRefused(msg)


@functools.cache
def _phonemizer() -> Phonemizer:
    """The one of this process: espeak-ng has one state."""
    return Phonemizer(PiperEspeak())


class PiperVoice:
    """A loaded voice: see `backend.LoadedVoice`. durations: the output that tells them."""

    def __init__(self, config: PiperConfig, session: SeededSession, durations: str) -> None:
        self._config = config
        self._session = session
        self._durations = durations

    def check(self, config_name: str) -> None:
        """Raises: VoiceRefused, when espeak-ng has no voice whose phonemes it could be fed."""
        if self._config.espeak_voice is None:
            return
        try:
            _phonemizer().set_voice(self._config.espeak_voice)
        except PhonemesError as error:
            msg = f"The config {config_name} can't be used: {error}"
            raise VoiceRefused(msg) from error

    def speak(self, request: NeuralRequest) -> Said:
        """See `LoadedVoice.speak`. Sentences are said one by one, as the voice was trained, and joined."""
        rate_hz = self._config.sample_rate_hz
        inputs = self._inputs(request)
        sounds: list[NDArray[np.int16]] = []
        timed: list[TimedPhonemes] = []
        sample_count = 0
        for phonemes in self._sayable(request):
            sound, edges = self._say(phonemes, inputs, request.seed, sample_count)
            sounds.append(sound)
            timed.append(TimedPhonemes(phonemes, edges))
            sample_count += sound.size
        samples = np.concatenate(sounds) if sounds else np.zeros(rate_hz * _SILENCE_MS // 1000, np.int16)
        boundaries = character_boundaries(len(request.text), timed, sample_count=samples.size)
        return Said(rate_hz, samples, boundaries)

    def _sayable(self, request: NeuralRequest) -> Iterator[Phonemes]:
        """What is said at once, in order."""
        for sentence in self._sentences(request):
            known = joined(sentence, self._config.clusters).only(self._config.ids)
            yield from cut(known, max_symbols=_MAX_SYMBOLS)

    def _sentences(self, request: NeuralRequest) -> Sequence[Phonemes]:
        if self._config.espeak_voice is None:
            return [spelled(request.text)]
        phonemizer = _phonemizer()
        phonemizer.set_voice(self._config.espeak_voice)
        # A cluster is made of what the phonemizer knows.
        known = {*self._config.ids, *(vowel for cluster in self._config.clusters for vowel in cluster)}
        return phonemizer.sentences(request.text, known=known, pronunciations=request.pronunciations)

    def _inputs(self, request: NeuralRequest) -> Mapping[str, NDArray[Any]]:
        """What a voice is fed beside the phonemes."""
        scales = scales_of(self._config.scales, speed=request.speed, stability=request.stability)
        inputs: dict[str, NDArray[Any]] = {
            "scales": np.array([scales.noise, scales.length, scales.noise_w], np.float32)
        }
        if self._config.speakers:
            inputs[_SPEAKER] = np.array([self._speaker(request.speaker)], np.int64)
        return inputs

    def _speaker(self, name: str) -> int:
        if name not in self._config.speakers:
            msg = f"The files have no speaker {name!r}"
            raise UnknownVoice(msg)
        return self._config.speakers[name]

    def _say(
        self, phonemes: Phonemes, inputs: Mapping[str, NDArray[Any]], seed: int, start_sample: int
    ) -> tuple[NDArray[np.int16], list[int]]:
        """The sound of phonemes, and where in all that is said each of them begins and the last one ends."""
        fed = feed(phonemes, self._config.ids)
        asked = {
            "input": np.array([fed.ids], np.int64),
            "input_lengths": np.array([len(fed.ids)], np.int64),
            **inputs,
        }
        audio, durations = self._session.run([_SOUND, self._durations], asked, seed=seed)
        samples = to_pcm(audio)
        frames = durations.reshape(-1).astype(np.int64).tolist()
        hop_samples = self._config.hop_samples
        if len(frames) != len(fed.ids) or sum(frames) * hop_samples != samples.size:
            msg = f"The voice spoke {samples.size} samples, and timed {sum(frames) * hop_samples} of them"
            raise EngineFailed(msg)
        return samples, fed.edges(frames, hop_samples=hop_samples, start_sample=start_sample)
