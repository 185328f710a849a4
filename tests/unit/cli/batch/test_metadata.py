"""The table that says something about single books."""

from pathlib import Path

import pytest

from rhapsode.cli.batch.metadata import read_metadata
from rhapsode.cli.batch.voices import Voices
from rhapsode.cli.batch.wishes import Wishes
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.project import QualityPreset

VOICES = Voices(lambda: [("tone_low", "Tone Low"), ("tone_high", "Tone High")])
PREMADE = "21m00Tcm4TlvDq8ikWAM"


def read(
    folder: Path, content: str | bytes, books: tuple[str, ...] = ("a.txt", "b/é.md")
) -> dict[str, Wishes]:
    """What a table says."""
    path = folder / "said.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_metadata(path, books, VOICES)


def test_all_that_can_be_said(tmp_path: Path) -> None:
    """As a spreadsheet writes it, with empty cells and lines, and letters of another system."""
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    lines = (
        "\ufeffFile,title,author,language,voice,quality,cover,chapters,include,exclude,cast\r\n",
        'b/e\u0301.md,"Tides, and\nothers",I. Wells,de,TONE low,high,c.png,1-3,notes; Preface,body,Yes\r\n',
        "\r\n,,,,,,,,,,\r\n",
        f"a.txt,,,,{PREMADE},,,,,,\r\n",
    )

    said = read(tmp_path, "".join(lines))

    assert said["b/é.md"] == Wishes(
        title="Tides, and\nothers",
        author="I. Wells",
        language="de",
        voice="TONE low",
        quality=QualityPreset.HIGH,
        cover=tmp_path / "c.png",
        chapters="1-3",
        include=("notes", "Preface"),
        exclude=("body",),
        cast=True,
    )
    assert said["a.txt"] == Wishes(voice=PREMADE)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "line 1: one column is `file`"),
        ("title\nA\n", "line 1: one column is `file`"),
        ("file,file\na.txt,a.txt\n", "line 1: one column is `file`"),
        ("file;title\na.txt;A\n", "line 1: there is no column 'file;title'. The columns are file, title, "),
        (b"file\n\xff.txt\n", "isn't in UTF-8"),
        ('file\n"a.txt\n', "is no CSV file"),
    ],
)
def test_a_table_of_another_kind(tmp_path: Path, content: str | bytes, problem: str) -> None:
    """It is refused as a whole."""
    with pytest.raises(InvalidInput, match=problem):
        read(tmp_path, content)


def test_every_line_that_can_not_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its number, all of them at once, so that one correction is enough."""
    lines = (
        "file,quality,voice,cover,cast",
        "c.txt,,,,",
        "a.txt,best,,,",
        "a.txt,,Nobody,,",
        '"b/é.md",,,none.png,',
        "a.txt,,,said.csv,",
        "a.txt,,,,perhaps",
        "a.txt,high,,,no",
        "a.txt,,,,",
        "b/é.md,,,,,A Title, and More",
    )
    with pytest.raises(InvalidInput, match=r"8 lines of .* can't be used\. Nothing was begun\."):
        read(tmp_path, "\n".join(lines))

    told = [
        line.removeprefix(f"{tmp_path / 'said.csv'}, line ") for line in capsys.readouterr().err.splitlines()
    ]
    assert told == [
        "2: there is no book 'c.txt' in the folder.",
        "3: there is no quality 'best'; it is one of standard, high, ultra, ultra_lossless.",
        "4: there is no voice 'Nobody'.",
        f"5: {tmp_path / 'none.png'} can't be read: No such file or directory.",
        f"6: {tmp_path / 'said.csv'} is neither a JPEG nor a PNG image.",
        "7: cast is yes or no, and not 'perhaps'.",
        "9: a.txt was named before.",
        "10: it has more cells than there are columns. Put quotation marks around what has a comma in it.",
    ]


def test_what_is_said_of_all_fills_what_is_not_said_of_one() -> None:
    """And a book can say no."""
    for_all = Wishes(voice="Tone Low", language="en", cast=True)

    assert Wishes(voice="Tone High").or_else(for_all) == Wishes(voice="Tone High", language="en", cast=True)
    assert Wishes(cast=False).or_else(for_all).cast is False


def test_another_cover_is_another_wish(tmp_path: Path) -> None:
    """Though its file is called the same."""
    cover = tmp_path / "c.png"
    digests = set()
    for last in (b"1", b"2"):
        cover.write_bytes(b"\x89PNG\r\n\x1a\n" + last)
        digests.add(Wishes(cover=cover).digest)

    assert len(digests) == 2
