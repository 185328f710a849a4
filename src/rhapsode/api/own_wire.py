"""What the program's own commands and its running server say to each other (docs/decisions/0009).

Most of it are the nouns of other rooms, as JSON. Both sides are one installation, so all of it may change with
any version.
"""

from dataclasses import dataclass

from rhapsode.rendering.repair import RepairReport
from rhapsode.storage.backups.taking import BackupReport
from rhapsode.storage.check import CheckReport
from rhapsode.voices.installing import Installed

COMMANDS_PATH = "/rhapsode/v1/commands"
TOKEN_HEADER = "rhapsode-token"  # noqa: S105 -- the name of the header, not its value


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """What is done before a check: lost records are brought back from packs, what is damaged is made again."""

    rebuild: bool = False
    repair: bool = False


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a check has found.

    rebuilt_segments: brought back from packs.    repair: what was made again.    None where nobody asked for it.
    """

    report: CheckReport
    rebuilt_segments: int | None = None
    repair: RepairReport | None = None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a check that is under way: how many bytes it has read, or how it ended."""

    done_bytes: int = 0
    total_bytes: int = 0
    outcome: CheckOutcome | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """Where a backup goes, an absolute path or an address, and how many are left there; None for all."""

    place: str
    keep: int | None


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One line of a backup that is under way: how many bytes are there of how many, or how it ended."""

    done_bytes: int = 0
    total_bytes: int = 0
    report: BackupReport | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class InstallLine:
    """One line of an installation that is under way: how many bytes have come of how many, or how it ended."""

    done_bytes: int = 0
    total_bytes: int | None = None
    installed: tuple[Installed, ...] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SpeechOrder:
    """A text for the history. voice: a name or id that `rhapsode voices` lists."""

    text: str
    voice: str
