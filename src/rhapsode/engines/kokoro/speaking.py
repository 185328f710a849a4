"""What Kokoro brings to the child: a model with its styles, and the phonemes that it is fed. Only for the child."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.espeak.languages import ESPEAK_LANGUAGES
from rhapsode.engines.graphs.rewriting import GraphError, seeded_graph
from rhapsode.engines.graphs.seeded import SeededSession
from rhapsode.engines.kokoro.silence import find_heard
from rhapsode.engines.kokoro.styles import Styles
from rhapsode.engines.kokoro.vocabulary import vocabulary_of
from rhapsode.engines.neural.backend import Said
from rhapsode.engines.neural.messages import NeuralRequest
from rhapsode.engines.neural.samples import to_pcm
from rhapsode.engines.neural.sessions import open_session
from rhapsode.engines.phonemes.boundaries import TimedPhonemes, character_boundaries
from rhapsode.engines.phonemes.cutting import cut
from rhapsode.engines.phonemes.library import LoadedEspeak
from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.phonemes.phonemizer import Phonemizer
from rhapsode.studio.errors import EngineFailed, UnknownLanguage, VoiceRefused

RATE_HZ = 24_000
MAX_SYMBOLS = 510
"""Said at once: the model has places for no more."""

_TOKENS = ("input_ids", "tokens")
_INPUTS = ("style", "speed")
_END = 0
"""The number before the first symbol and behind the last."""

_SILENCE_MS = 100
_KINDS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


def load(files: Mapping[str, Path], device: str) -> "KokoroVoices":
    """See `backend.Load`. files: `model` and `styles`."""
    styles = Styles(files["styles"])
    model = files["model"]
    try:
        graph = seeded_graph(model)
        session = open_session(graph.content, device)
        vocabulary = vocabulary_of(session.get_modelmeta().custom_metadata_map)
    except (EngineFailed, ModuleNotFoundError):
        raise
    except (GraphError, OSError) as error:
        msg = f"The model {model.name} can't be used: {error}"
        raise VoiceRefused(msg) from error
    except Exception as error:
        # What onnxruntime raises has no common class.
        msg = f"The model {model.name} can't be loaded: {error}"
        raise VoiceRefused(msg) from error
    inputs = _Inputs.of(session, model.name)
    output = session.get_outputs()[0].name
    return KokoroVoices(
        SeededSession(session, graph.noises), inputs, (output, graph.durations), styles, vocabulary
    )


class _Inputs(NamedTuple):
    """What a model is fed. tokens: what its symbols are called.    kinds: of number, by name."""

    tokens: str
    kinds: Mapping[str, Any]

    @classmethod
    def of(cls, session: Any, name: str) -> "_Inputs":
        """Raises: VoiceRefused, when a model isn't one of Kokoro's."""
        kinds = {each.name: _KINDS.get(each.type) for each in session.get_inputs()}
        tokens = next((each for each in _TOKENS if each in kinds), _TOKENS[0])
        missing = [each for each in (tokens, *_INPUTS) if kinds.get(each) is None]
        if missing:
            msg = f"The model {name} is not Kokoro: it has no input {missing[0]!r}"
            raise VoiceRefused(msg)
        return cls(tokens, kinds)

    def feed(
        self, numbers: list[int], style: NDArray[np.float32], speed: float
    ) -> Mapping[str, NDArray[Any]]:
        """Some exports take whole speeds only: these say everything at the nearest, which is their own."""
        kinds = self.kinds
        if np.issubdtype(kinds["speed"], np.integer):
            speed = max(round(speed), 1)
        return {
            self.tokens: np.array([[_END, *numbers, _END]], kinds[self.tokens]),
            "style": style.astype(kinds["style"]),
            "speed": np.array([speed], kinds["speed"]),
        }


class _Spoken(NamedTuple):
    """What was said at once. edges: where in it each symbol begins, and the last ends; None where nobody knows."""

    samples: NDArray[np.int16]
    edges: list[int] | None


@functools.cache
def _phonemizer() -> Phonemizer:
    """The one of this process: espeak-ng has one state."""
    return Phonemizer(LoadedEspeak())


class KokoroVoices:
    """Loaded voices: see `backend.LoadedVoice`.

    outputs: the sound, and the durations; the latter is "" where the model doesn't tell them.
    """

    def __init__(
        self,
        session: SeededSession,
        inputs: _Inputs,
        outputs: tuple[str, str],
        styles: Styles,
        vocabulary: Mapping[str, int],
    ) -> None:
        self._session = session
        self._inputs = inputs
        self._outputs = [output for output in outputs if output]
        self._styles = styles
        self._vocabulary = vocabulary

    def speak(self, request: NeuralRequest) -> Said:
        """See `LoadedVoice.speak`. What is too long to be said at once is cut, and joined again."""
        timed: list[TimedPhonemes] = []
        sounds = []
        sample_count = 0
        parts = self._parts(request)
        for phonemes in parts:
            spoken = self._say(phonemes, request)
            sounds.append(spoken.samples)
            if spoken.edges is not None:
                timed.append(TimedPhonemes(phonemes, [sample_count + edge for edge in spoken.edges]))
            sample_count += spoken.samples.size
        if not parts:
            sounds = [np.zeros(RATE_HZ * _SILENCE_MS // 1000, np.int16)]
        samples = np.concatenate(sounds)
        if len(timed) < len(parts):
            return Said(RATE_HZ, samples, None)
        boundaries = character_boundaries(len(request.text), timed, sample_count=samples.size)
        return Said(RATE_HZ, samples, boundaries)

    def _parts(self, request: NeuralRequest) -> list[Phonemes]:
        """What is said at once, in order. Of marks alone nothing is: the model would make up some sound for them."""
        phonemes = self._phonemes(request)
        is_said = any(symbol.isalpha() for symbol in phonemes.symbols)
        return list(cut(phonemes, max_symbols=MAX_SYMBOLS)) if is_said else []

    def _phonemes(self, request: NeuralRequest) -> Phonemes:
        espeak_voice = ESPEAK_LANGUAGES.get(request.language)
        if espeak_voice is None:
            msg = f"kokoro does not speak {request.language!r}"
            raise UnknownLanguage(msg)
        phonemizer = _phonemizer()
        phonemizer.set_voice(espeak_voice)
        known = self._vocabulary
        return phonemizer.line(request.text, pronunciations=request.pronunciations, known=known).only(known)

    def _say(self, phonemes: Phonemes, request: NeuralRequest) -> _Spoken:
        numbers = [self._vocabulary[symbol] for symbol in phonemes.symbols]
        style = self._styles.style(request.speaker, symbol_count=len(numbers))
        asked = self._inputs.feed(numbers, style, request.speed)
        sound, *durations = self._session.run(self._outputs, asked, seed=request.seed)
        audio = sound.reshape(-1).astype(np.float32)
        start, end = find_heard(audio, RATE_HZ)
        edges = _edges(durations[0], audio.size) if durations else None
        if edges is not None and len(edges) == len(numbers) + 1:
            edges = [min(max(edge - start, 0), end - start) for edge in edges]
        else:
            edges = None
        return _Spoken(to_pcm(audio[start:end]), edges)


def _edges(durations: NDArray[Any], sample_count: int) -> list[int] | None:
    """Where each symbol begins, and where the last ends: between what is before the first and behind the last.

    durations: in frames, of each number that was fed; None where they don't make up the sound.
    """
    frames = np.concatenate([[0], np.cumsum(durations.reshape(-1).astype(np.int64))])
    if frames[-1] <= 0:
        return None
    edges: list[int] = (frames * sample_count // frames[-1]).tolist()
    return edges[1:-1]
