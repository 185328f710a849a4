"""Which engines and voices there are."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from tests.plug_ins import add_package

from rhapsode.engines import registry
from rhapsode.studio.errors import UnknownVoice


def test_the_default_engine_comes_first_and_the_tone_last() -> None:
    """Voices come in the order of their engines."""
    voices = registry.list_voices()

    assert registry.list_engines()[0] == "espeak"
    assert registry.list_engines()[-1] == "tone"
    assert voices[0].name == "Alder"
    speaking = {voice.engine for voice in voices}
    in_order = [name for name in registry.list_engines() if name in speaking]
    assert list(dict.fromkeys(voice.engine for voice in voices)) == in_order


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
        "print('espeak' in list_engines(), list_voices()[0].voice_id)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "tone_low"]


def test_listing_voices_starts_no_process() -> None:
    """Neither a library nor a child is loaded until something is spoken."""
    code = (
        "import os\n"
        "from rhapsode.engines.registry import get_engine, list_voices\n"
        "print(len(list_voices()) > 20, get_engine('espeak').process_id)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "None"]


ENGINE = """
from rhapsode.engines.engine import EngineTraits
from rhapsode.studio.voice import Voice


class Engine:
    name = "{name}"
    ids = {ids}
    traits = property(lambda self: EngineTraits(self.name, "1", reproducible=True, max_characters=1000))

    def list_voices(self):
        return [Voice(i, i.title(), self.name, "en-GB", ("en-GB",), "from {package}") for i in self.ids]


class Broken(Engine):
    def __init__(self):
        raise ValueError("the number of strings is no number")


class Stranger(Engine):
    name = "somebody_else"
"""

REPORT = """
import json, logging, sys
import structlog
structlog.configure(
    processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.PrintLoggerFactory(sys.stderr)
)
from rhapsode.engines.registry import get_engine, list_engines, list_voices
from rhapsode.studio.errors import UnknownVoice

def reason(name):
    try:
        return get_engine(name).traits.name
    except UnknownVoice as error:
        return str(error)

list_voices()
print(json.dumps({
    "engines": list_engines(),
    "voices": {voice.voice_id: voice.description for voice in list_voices() if voice.engine != "espeak"},
    "reasons": {name: reason(name) for name in sys.argv[1:]},
}))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What a process finds where packages bring engines, good and bad, and what it has logged."""
    folder = tmp_path_factory.mktemp("packages")
    names = ("lyre", "broken", "stranger", "syntax", "lost")
    plain = ENGINE.format(name="lyre", ids=("lyre_low", "Tone_Low"), package="aulos-lyre")
    add_package(folder, "aulos-lyre", {"lyre": "aulos_lyre:Engine", "tone": "aulos_lyre:Engine"}, plain)
    other = ENGINE.format(name="lyre", ids=("lyre_high",), package="other-lyre")
    add_package(folder, "other-lyre", {"lyre": "other_lyre:Engine"}, other)
    flute = ENGINE.format(name="flute", ids=("flute_low", "LYRE_low"), package="flute")
    add_package(folder, "flute", {"flute": "flute:Engine", "broken": "flute:Broken"}, flute)
    add_package(folder, "wrong", {"stranger": "flute:Stranger", "syntax": "wrong:Engine"}, "def (")
    add_package(folder, "unmet", {"lost": "unmet:Engine"}, "import a_library_that_is_not_there")
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *names],
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


Report = tuple[dict[str, Any], list[dict[str, str]]]


def test_packages_bring_engines(report: Report) -> None:
    """They stand between the default and the tone, by name, and their voices are offered."""
    found, _ = report

    assert found["engines"][0] == "espeak"
    assert found["engines"][-1] == "tone"
    assert {"flute", "lyre"} < set(found["engines"])
    assert found["voices"]["lyre_low"] == "from aulos-lyre"


def test_a_broken_engine_takes_nobody_with_it(report: Report) -> None:
    """Whatever goes wrong, the others are there, and whoever asks for it is told why."""
    found, logged = report
    left_out = {line["engine"]: line for line in logged if line["event"] == "engine.left_out"}

    assert not {"broken", "stranger", "syntax", "lost"} & set(found["engines"])
    assert found["reasons"]["broken"].endswith("ValueError: the number of strings is no number")
    assert "entry point" in found["reasons"]["stranger"]
    assert "SyntaxError" in found["reasons"]["syntax"]
    assert "a_library_that_is_not_there" in found["reasons"]["lost"]
    assert left_out["lost"]["package"] == "unmet"
    assert "start again" in left_out["syntax"]["advice"]


def test_of_two_engines_with_a_name_one_is_used(report: Report) -> None:
    """Rhapsode's own, or that of the package whose name comes first; the other is said to be left out."""
    found, logged = report
    packages = {(line["engine"], line["package"]) for line in logged if line["event"] == "engine.left_out"}

    assert found["reasons"]["lyre"] == "lyre"
    assert "lyre_high" not in found["voices"]
    assert {("lyre", "other-lyre"), ("tone", "aulos-lyre")} <= packages


def test_of_two_voices_with_an_id_one_is_offered(report: Report) -> None:
    """However it is spelled: that of our own engine, or of the one whose package comes first; said once."""
    found, logged = report
    said = [(line["voice_id"], line["engine"]) for line in logged if line["event"] == "voice.left_out"]

    assert found["voices"]["tone_low"].startswith("A beep")
    assert not {"Tone_Low", "LYRE_low"} & set(found["voices"])
    assert sorted(said) == [("LYRE_low", "flute"), ("Tone_Low", "lyre")]
