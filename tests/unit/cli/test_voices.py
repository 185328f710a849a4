"""`rhapsode voices` in this process: what is printed, and what is left alone."""

import json
from pathlib import Path

import pytest
from tests.loopback import answering
from tests.voice_mirrors import listed, serving
from typer.testing import CliRunner

from rhapsode.cli.voices import voices
from rhapsode.storage.directory import DataDirectory
from rhapsode.studio.errors import InvalidInput, UnknownVoice

KEY = "de_DE-tides-medium"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is folded."""
    monkeypatch.setenv("COLUMNS", "400")


def run(*arguments: str | Path, data: Path) -> str:
    """What a command prints. Raises: what it ends with."""
    result = CliRunner().invoke(voices, [*map(str, arguments), "--data", str(data)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_listing_voices_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where nobody has installed any, there are those of the engines, with their licences; no directory is made."""
    data = tmp_path / "data"
    for arguments in ([], ["list"]):
        rows = [line.split() for line in run(*arguments, data=data).splitlines()]
        (alder,) = [row for row in rows if row[:1] == ["Alder"]]
        assert alder[:2] == ["Alder", "en-US"]
        assert {"espeak", "GPL-3.0-or-later", "yes"} <= set(alder)
    assert not data.exists()


def test_voices_are_listed_while_another_command_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of engines, and a line that says why there aren't others."""
    with DataDirectory.open(tmp_path, "narrate"):
        printed = run(data=tmp_path)

    assert "Alder" in printed
    assert "Only voices that come with engines" in printed
    assert "in use by `rhapsode narrate`" in printed


def test_what_can_be_installed_is_listed_by_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a mirror tells it, with sizes; Kokoro has several languages."""
    files = {"model": b"graph" * 300_000, "config": b"{}"}
    contents = {"voices.json": json.dumps(listed(KEY, files)).encode()}
    monkeypatch.setenv("RHAPSODE_ALLOWED_NETWORKS", "127.0.0.0/8")
    with answering(serving(contents)) as mirror:
        monkeypatch.setenv("RHAPSODE_VOICES_URL", f"{mirror.url}/")
        german = run("--available", "--language", "de-AT", data=tmp_path)
        french = run("list", "--available", "--language", "fr", data=tmp_path)

    assert [row.split()[:5] for row in german.splitlines()[1:]] == [
        ["kokoro", "kokoro", "several", "354", "MB"],
        [KEY, "piper", "de-DE", "1.5", "MB"],
    ]
    assert KEY not in french


def test_files_of_another_engine_are_named_by_their_roles(tmp_path: Path) -> None:
    """What isn't ROLE=PATH is refused before the data directory is touched."""
    data = tmp_path / "data"
    with pytest.raises(InvalidInput, match="isn't ROLE=PATH"):
        run("install", "--engine", "acme", "voice.bin", data=data)
    assert not data.exists()


def test_an_unknown_voice_is_neither_tried_nor_removed(tmp_path: Path) -> None:
    """As everywhere, with the names that come closest."""
    for command in ("try", "remove"):
        with pytest.raises(UnknownVoice, match="did you mean Alder"):
            run(command, "Aldr", data=tmp_path)
