"""The file that a speaking child and its adapter share."""

import os

import pytest

from rhapsode.engines.espeak.samples_file import SamplesFile


@pytest.mark.parametrize("has_memory_files", [True, False])
def test_each_answer_begins_at_the_beginning(has_memory_files: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes the next one has another view of the same file, and what is behind its end is older."""
    if not has_memory_files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    file = SamplesFile.create()
    first, second = SamplesFile(file.descriptor), SamplesFile(file.descriptor)
    first.append(b"abc")
    first.append(b"def")
    assert file.read(6) == b"abcdef"
    second.append(b"XY")
    assert file.read(2) == b"XY"
    assert file.read(99) == b"XYcdef"
    file.close()


def test_what_cant_be_written_is_told() -> None:
    """Nothing is lost without a word."""
    reader, writer = os.pipe()
    with pytest.raises(OSError, match="seek"):
        SamplesFile(writer).append(b"a")
    os.close(reader)
    os.close(writer)
