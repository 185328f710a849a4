"""A voice that is tried out says what failed, and what to do about it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import ThisProcess
from tests.voice_shelf import Shelf, new_shelf

from rhapsode.engines import registry
from rhapsode.rendering.voice_trials import TrialStep, VoiceTrial, try_voice
from rhapsode.storage.voice_files import find_local_file
from rhapsode.studio.errors import UnknownVoice
from rhapsode.voices.wanted import InstallOrder


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Nothing is installed yet, but for the engine."""
    with new_shelf(tmp_path) as shelf:
        yield shelf


def tried(shelf: Shelf, name: str, text: str | None = None) -> VoiceTrial:
    """A voice that was tried in this process."""
    return try_voice(shelf.records, shelf.blobs, ThisProcess(1), name, text)


def failed(trial: VoiceTrial) -> TrialStep:
    """The one step that failed, which is the last but for what is always told."""
    (step,) = [step for step in trial.steps if not step.passed]
    assert not trial.passed
    assert step.said
    assert step.advice
    return step


def test_a_voice_that_is_well_passes_every_step(shelf: Shelf) -> None:
    """Engine, files, model, speed, sound, times and licence, each with what was found."""
    shelf.install_box("waltz")
    trial = tried(shelf, "Waltz")

    assert trial.passed
    names = [step.name for step in trial.steps]
    assert names == ["engine", "files", "model", "speech", "sound", "times", "licence"]
    said = {step.name: step.said for step in trial.steps}
    assert "times real time" in said["speech"]
    assert "its licence" in said["licence"] or "it names no licence" in said["licence"]


def test_a_voice_of_an_engine_has_no_files(shelf: Shelf) -> None:
    """It is tried with the same steps otherwise, in the text that somebody wants; blank is none."""
    trial = tried(shelf, "tone_low", "Two words.")

    assert [step.name for step in trial.steps] == ["engine", "model", "speech", "sound", "times", "licence"]
    assert trial.steps[-2].said == "10 of 10 characters have a time of their own"
    assert tried(shelf, "tone_low", " \n").passed


def test_an_engine_that_is_gone_is_named(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    shelf.install_box("waltz")
    there = registry._installed()
    factories = {name: made for name, made in there.factories.items() if name != "music_box"}
    monkeypatch.setattr(registry, "_installed", lambda: registry._Installed(factories, {}))

    step = failed(tried(shelf, "Waltz"))
    assert (step.name, step.passed) == ("engine", False)
    assert step.said.startswith("The engine 'music_box' is not installed")


def test_a_damaged_file_is_named(shelf: Shelf) -> None:
    """Its role, and what is wrong with it; nothing is spoken with it."""
    voice = shelf.install_box("waltz").voices[0]
    path = find_local_file(shelf.blobs, voice.files["model"])
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    assert failed(tried(shelf, "Waltz")).said == "the file 'model' differs from its checksum"

    path.unlink()
    step = failed(tried(shelf, "Waltz"))
    assert (step.name, step.said) == ("files", "the file 'model' is missing")


@pytest.mark.parametrize(
    ("said", "step", "words"),
    [
        ({"is_broken": True}, "model", "The spring of the music box is broken."),
        ({"is_silent": True}, "sound", "nothing is heard"),
    ],
)
def test_a_voice_that_does_not_speak_says_why(
    shelf: Shelf, said: dict[str, bool], step: str, words: str
) -> None:
    """The step at which it fails has the engine's own words, or those for what is heard."""
    shelf.install_box("waltz", **said)

    found = failed(tried(shelf, "Waltz"))
    assert found.name == step
    assert words in found.said


def test_a_voice_that_nobody_knows_can_not_be_tried(shelf: Shelf) -> None:
    """As everywhere, with the names that come closest."""
    with pytest.raises(UnknownVoice, match="did you mean Alder"):
        tried(shelf, "Aldr")


@pytest.mark.slow
def test_published_voices_are_installed_and_well(shelf: Shelf) -> None:
    """Wherever RHAPSODE_TEST_VOICES names a folder of them: the first of each file, with every step."""
    folder = os.environ.get("RHAPSODE_TEST_VOICES")
    if not folder:
        pytest.skip("RHAPSODE_TEST_VOICES names no folder of voices")
    for installed in shelf.installing().install(InstallOrder(folder + "/"), lambda *_: None):
        trial = tried(shelf, installed.voices[0].voice_id)

        assert trial.passed, trial
