"""What `narrate` says at its end."""

from dataclasses import replace

import pytest

from rhapsode.cli.narrate import print_flawed
from rhapsode.rendering.results import Converted
from rhapsode.studio.ids import ProjectSnapshotId

DONE = Converted(ProjectSnapshotId("snapshot"), chapter_count=1, audio_s=9.0, spoken_segments=3)


@pytest.mark.parametrize(
    ("count", "texts", "line"),
    [
        (0, (), ""),
        (1, ("It [rained].",), "1 passage seems wrong: “It [rained].”\n"),
        (2, ("One.", "Two."), "2 passages seem wrong: “One.”; “Two.”\n"),
        (1_009, ("One.",), "1,009 passages seem wrong: “One.”; and 1,008 more\n"),
    ],
)
def test_passages_that_seem_wrong_are_named(
    capsys: pytest.CaptureFixture[str], count: int, texts: tuple[str, ...], line: str
) -> None:
    """On one line beside the results, and nothing is said where all is well."""
    print_flawed(replace(DONE, flawed_count=count, flawed=texts))

    assert capsys.readouterr() == ("", line.replace("\n", " (`rhapsode report` says where and why)\n"))
