"""The engine of examples/bells, installed as a package of its own: found, checked, and narrated with."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.plug_ins import install

from .program import TALE, Rhapsode

BELLS = Path(__file__).parents[2] / "examples" / "bells"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder of PYTHONPATH with the example in it."""
    folder = tmp_path_factory.mktemp("installed")
    install(BELLS, folder)
    return str(folder)


def test_a_book_is_narrated_by_it(rhapsode: Rhapsode, installed: str) -> None:
    """Its voices are listed and it reads, each sentence by itself; an edited one is all that is spoken again."""
    listed = rhapsode.run("voices", PYTHONPATH=installed).output
    tale = rhapsode.write("tale.md", TALE)
    first = rhapsode.narrate(tale, voice="Bells Tenor", PYTHONPATH=installed)
    tale.write_text(TALE.replace("Far below", "Deep below"), "utf-8")
    second = rhapsode.narrate(tale, voice="Bells Tenor", PYTHONPATH=installed)

    assert "Bells Tenor" in listed
    assert "Bells Treble" in listed
    assert "; 7 passages spoken in " in first  # two headings, and five sentences
    assert "; 1 passage spoken in " in second
    with zipfile.ZipFile(rhapsode.folder / "tale.zip") as archive:
        assert [name for name in archive.namelist() if name.endswith(".mp3")] == [
            "01 The Harbour.mp3",
            "02 The Hill.mp3",
        ]


def test_a_setting_that_is_wrong_leaves_it_out(rhapsode: Rhapsode, installed: str) -> None:
    """It is said once, with what is wrong and what to do, and the other voices are there."""
    wrong = {"PYTHONPATH": installed, "RHAPSODE_BELLS_CHARACTER_MS": "many"}

    finished = rhapsode.run("voices", **wrong)

    said = [json.loads(line) for line in finished.errors.splitlines()]
    assert [(line["event"], line["engine"], line["package"]) for line in said] == [
        ("engine.left_out", "bells", "rhapsode-bells")
    ]
    assert "many" in said[0]["cause"]
    assert "Tone Low" in finished.output
    assert "Bells" not in finished.output


def test_its_own_tests_pass(installed: str, tmp_path: Path) -> None:
    """The conformance suite runs where the example is all that is there, without anything of Rhapsode's tests."""
    copied = tmp_path / "test_bells.py"
    copied.write_text((BELLS / "test_bells.py").read_text("utf-8"), "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", copied.name],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": installed},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
