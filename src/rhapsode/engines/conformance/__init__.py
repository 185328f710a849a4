"""What every engine must do, for those who write one: the same checks that Rhapsode's own engines pass.

They need no test runner; with pytest, this is all of an engine's own test:

    SUBJECT = Subject(BellsEngine)

    @pytest.fixture(scope="module")
    def speaker() -> Iterator[Speaker]:
        with SUBJECT.open() as opened:
            yield opened

    @pytest.mark.parametrize("check", list_checks(SUBJECT.traits), ids=str)
    def test_the_contract(check: Check, speaker: Speaker) -> None:
        check(speaker)

docs/engines.md tells how an engine is written.
"""

from rhapsode.engines.conformance import (
    interrupting,
    listing,
    preparing,
    pronouncing,
    refusing,
    repeating,
    speaking,
    voice_files,
)
from rhapsode.engines.conformance.subject import AnyEngine, Check, NotConforming, Speaker, Subject
from rhapsode.engines.engine import EngineTraits

__all__ = ["AnyEngine", "Check", "NotConforming", "Speaker", "Subject", "list_checks"]

_CHECKS = (
    *listing.CHECKS,
    *speaking.CHECKS,
    *repeating.CHECKS,
    *preparing.CHECKS,
    *refusing.CHECKS,
    *voice_files.CHECKS,
    *pronouncing.CHECKS,
    *interrupting.CHECKS,
)


def list_checks(traits: EngineTraits) -> list[Check]:
    """The checks that say something of an engine with these traits; each takes an open subject.

    A check raises NotConforming, an AssertionError, saying what is wrong; or what the engine raises.
    """
    return [check for check in _CHECKS if check.applies(traits)]
