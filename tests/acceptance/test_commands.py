"""Help, voices, version, and what a terminal shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import rhapsode as package

from .program import SCRIPT, Rhapsode

PROGRESS = r"chapter \d of 7 · \d+:\d\d of audio · [\d,]+× real time · \d+:\d\d left"
COMMANDS = [
    "narrate",
    "batch",
    "cast",
    "export",
    "report",
    "serve",
    "worker",
    "migrate",
    "demo",
    "check",
    "backup",
    "restore",
    "du",
    "audit",
    "voices",
    "keys",
    "retention",
    "users",
    "workspaces",
]
OPTIONS = [
    "--output",
    "--voice",
    "--language",
    "--quality",
    "--format",
    "--chapters",
    "--include",
    "--exclude",
]
OPTIONS += ["--title", "--author", "--cover", "--cast", "--refresh", "--report", "--list", "--data", "--help"]


def test_help_names_every_command(rhapsode: Rhapsode) -> None:
    """Without arguments, as with --help, one sees what can be done, each command with a whole sentence."""
    finished = rhapsode.run("--help")

    assert finished.exit_status == 0
    commands = finished.output.partition("Commands:\n")[2]
    assert re.findall(r"^  (\w+) +\w[^…\n]*\.$", commands, re.MULTILINE) == COMMANDS
    bare = rhapsode.run()
    assert finished.output in (bare.output, bare.errors)


def test_help_of_narrate_names_every_option(rhapsode: Rhapsode) -> None:
    """Each option is listed with its word for what it takes."""
    finished = rhapsode.run("narrate", "--help")

    assert finished.exit_status == 0
    assert re.findall(r"^  (?:-o, )?(--\w+)", finished.output, re.MULTILINE) == OPTIONS


def test_every_option_of_narrate_is_shown_in_the_readme() -> None:
    """The README has an example or a line for every option."""
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")

    missing = [option for option in OPTIONS if option not in readme]
    assert missing == ["--output"]
    assert " -o " in readme


def test_every_command_is_in_the_readme() -> None:
    """The README names each command."""
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")

    assert [command for command in COMMANDS if f"rhapsode {command}" not in readme] == []


def test_version(rhapsode: Rhapsode) -> None:
    """--version prints the version and nothing else."""
    assert rhapsode.run("--version").output == f"rhapsode {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["narrate"], "Missing argument"),
        (["narrate", "book.txt", "--voise", "Alder"], "No such option: --voise"),
        (["narrate", "book.txt", "--quality", "best"], "'best' is not one of 'standard', 'high'"),
        (["narate", "book.txt"], "No such command 'narate'. Did you mean 'narrate'"),
    ],
)
def test_wrong_usage(rhapsode: Rhapsode, arguments: list[str], words: str) -> None:
    """A wrong usage says what is wrong and where help is, with exit status 2."""
    finished = rhapsode.run(*arguments)

    assert finished.exit_status == 2
    assert finished.output == ""
    assert words in finished.errors.splitlines()[-1]
    assert "--help' for help." in finished.errors


def test_voices(rhapsode: Rhapsode) -> None:
    """Two dozen named voices and the languages that they read, and no row is folded."""
    finished = rhapsode.run("voices")

    rows = finished.output.splitlines()
    names = [row.split()[0] for row in rows[1:] if row.startswith(" ")]
    assert names[0] == "Alder"
    assert {"Linden", "Acacia", "Rowan"} < set(names)
    assert len(names) >= 24
    assert re.search(r"^Voices of espeak read each of these languages: .*\bde, .*\bzh\.$", rows[-1])


def test_voices_of_a_language(rhapsode: Rhapsode) -> None:
    """The voice whose own language it is comes first; voices that only beep are not among them."""
    names = [row.split()[0] for row in rhapsode.run("voices", "--language", "fr-CA").output.splitlines()]

    assert names[:2] == ["Name", "Acacia"]
    assert "Tone" not in names


def test_voices_of_an_unknown_language(rhapsode: Rhapsode) -> None:
    """A language that nobody speaks is an error, not an empty table."""
    assert rhapsode.run("voices", "--language", "tlh").error.startswith("No installed voice speaks 'tlh'.")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are those of POSIX")
def test_a_terminal_shows_progress(rhapsode: Rhapsode, short_example: Path) -> None:
    """On a terminal one sees chapters, audio made, times real time and time left; the result is still alone."""
    finished, shown = rhapsode.on_terminal("narrate", short_example, "--voice", "Tone Low")

    assert finished.output.startswith("the-lamp-keepers.zip: 7 chapters, ")
    assert re.search(PROGRESS, shown)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
@pytest.mark.parametrize("command", ["voices", "--help"])
def test_output_that_can_not_be_written(rhapsode: Rhapsode, command: str) -> None:
    """A full disk behind standard output is told in one sentence."""
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [SCRIPT, command],
            env=rhapsode.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    assert finished.returncode == 1
    assert finished.stderr == "Error: There is no space left for what was being written.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the shell is that of POSIX")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_nobody_listens(rhapsode: Rhapsode, closed: str) -> None:
    """A stream that was closed before the start is no error."""
    finished = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -m rhapsode voices {closed}"],
        env=rhapsode.environment(),
        capture_output=True,
        encoding="utf-8",
    )

    assert (finished.returncode, finished.stderr) == (0, "")
