"""Try a voice out, step by step, so that whoever reads the steps knows what failed and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rhapsode.engines.languages import resolve_language
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.speakers import Speakers
from rhapsode.rendering.trial import Trial
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check_voices import find_file_problem
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.storage.voices import list_stored_voices, list_voice_files
from rhapsode.studio.errors import RhapsodeError, UnknownVoice
from rhapsode.studio.limits import MAX_TRIAL_CHARACTERS
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import open_catalogue
from rhapsode.voices.licenses import describe_use
from rhapsode.voices.wanted import list_installed_as

_FLAWS = {
    "silent": ("nothing is heard", "Try another text; if that is silent too, the model is broken."),
    "short": ("it is too short for its text", "Try another text, of one or two plain sentences."),
    "long": ("it is too long for its text", "Try another text, of one or two plain sentences."),
    "repeated": ("it says something twice", "Try again: some voices do that now and then."),
    "clipped": (
        "its peaks are cut off",
        "It distorts: choose another voice, or a newer version of its model.",
    ),
}


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One thing that was looked at. said: what was found.    advice: what to do about it, where it failed."""

    name: str
    passed: bool
    said: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class VoiceTrial:
    """All steps until the first that no other can follow."""

    voice: Voice
    steps: tuple[TrialStep, ...]

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return all(step.passed for step in self.steps)


def try_voice(
    records: Records, blobs: Blobs, pool: RenderPool, name: str, text: str | None = None
) -> VoiceTrial:
    """Try the voice of a name or id, or the first that was installed by this name.

    text: None for a paragraph in its language.    Raises: UnknownVoice; DataDamaged.
    """
    voice, files, origin = _find(records, name)
    return VoiceTrial(voice, tuple(_steps(voice, files, origin, blobs, pool, text)))


def _find(records: Records, name: str) -> tuple[Voice, dict[str, VoiceFile], str]:
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        stored = list_stored_voices(tx)
        together = list_installed_as(stored, name)
        voice = together[0].voice if together else open_catalogue(tx).get(name)
        files = list_voice_files(tx, [voice.voice_id]).get(voice.voice_id, {})
    origins = {each.voice.voice_id: each.origin for each in stored}
    return voice, files, origins.get(voice.voice_id, "")


def _steps(
    voice: Voice,
    files: dict[str, VoiceFile],
    origin: str,
    blobs: Blobs,
    pool: RenderPool,
    text: str | None,
) -> Iterator[TrialStep]:
    yield (engine := _try_engine(voice))
    if not engine.passed:
        return
    if voice.files:
        yield (whole := _try_files(files, origin, blobs))
        if not whole.passed:
            return
    said = ((text or "").strip() or calibration_paragraphs(voice.language)[0])[:MAX_TRIAL_CHARACTERS].strip()
    yield from _try_speech(_spoken(voice, said, blobs, pool), said)
    yield TrialStep(
        "licence", True, describe_use(voice) or f"{voice.license or 'none'}; what it says may be sold"
    )


def _try_engine(voice: Voice) -> TrialStep:
    try:
        get_engine(voice.engine)
    except UnknownVoice as error:
        return TrialStep("engine", False, str(error), "Install its package or set it right, and try again.")
    return TrialStep("engine", True, f"{voice.engine} is installed")


def _try_files(files: dict[str, VoiceFile], origin: str, blobs: Blobs) -> TrialStep:
    problems = {role: find_file_problem(blobs, file) for role, file in files.items()}
    wrong = [f"the file '{role}' {problem}" for role, problem in problems.items() if problem is not None]
    if wrong:
        return TrialStep("files", False, "; ".join(wrong), _install_again(origin))
    size_bytes = sum(file.size_bytes for file in files.values())
    said = f"{len(files)}, {size_bytes / 1e6:,.1f} MB, each as it was installed"
    return TrialStep("files", True, said)


def _install_again(origin: str) -> str:
    return f"Install it again: rhapsode voices install {origin}" if origin else "Install it again."


def _spoken(voice: Voice, text: str, blobs: Blobs, pool: RenderPool) -> Trial:
    request = SpeechRequest(
        speech_key=b"",
        spoken_text=text,
        engine=voice.engine,
        voice_id=voice.voice_id,
        language=resolve_language(voice.language, voice),
        settings={},
    )
    first = replace(request, spoken_text=text.split()[0])
    speakers = Speakers({voice.voice_id: voice}, blobs)
    try:
        with pool.turn(character_count=len(text)):
            return pool.try_out(first, request, speakers)
    except RhapsodeError as error:
        return Trial(error=str(error))


def _try_speech(trial: Trial, text: str) -> Iterator[TrialStep]:
    error = trial.error or ""
    if trial.loaded_s is None:
        yield TrialStep("model", False, error, _SET_RIGHT)
        return
    yield TrialStep("model", True, f"loaded, and a first word spoken, in {trial.loaded_s:.2f} s")
    if trial.spoken_s is None or trial.audio_s is None or trial.rms_db is None:
        yield TrialStep("speech", False, error, "Try another text, of one or two plain sentences.")
        return
    yield _speed(trial.spoken_s, trial.audio_s, trial.memory_bytes)
    yield _sound(trial)
    timed = f"{trial.timed_characters:,} of {len(text):,} characters have a time of their own"
    yield TrialStep("times", trial.timed_characters > 0, timed, "Its alignments say nothing: tell its maker.")


# Files were looked at before: to have the same ones again is of no use.
_SET_RIGHT = (
    "Set right what this says, or have another version of the voice; docs/voices.md tells what engines need."
)


def _speed(spoken_s: float, audio_s: float, memory_bytes: int | None) -> TrialStep:
    memory = "" if memory_bytes is None else f", in {memory_bytes / 1e6:,.0f} MB of memory"
    times = audio_s / max(spoken_s, 1e-3)
    said = f"{audio_s:.1f} s of sound in {spoken_s:.2f} s, {times:,.1f} times real time{memory}"
    return TrialStep("speech", True, said)


def _sound(trial: Trial) -> TrialStep:
    level = f"{trial.rms_db:.1f} dB RMS, peaks at {trial.peak_db:.1f} dB"
    if not trial.flaws:
        return TrialStep("sound", True, f"{level}, as long as its text")
    said = "; ".join(_FLAWS[flaw][0] for flaw in trial.flaws)
    return TrialStep("sound", False, f"{said} ({level})", _FLAWS[trial.flaws[0]][1])
