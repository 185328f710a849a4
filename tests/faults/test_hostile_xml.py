"""Markup that attacks its reader: nothing is expanded, fetched or opened, and nobody waits for it."""

import itertools
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.hostile_xml import CANARY, Attack, Place, attacks, places
from tests.faults.seeds import CORPUS
from tests.lacking import lack
from tests.rounds import rounds

from rhapsode.documents.parsing import parse_document
from rhapsode.documents.pls import read_lexicon
from rhapsode.studio.errors import DocumentRefused

LONGEST_S = 1.0
"""Processor time of one document."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """An address that must not be asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def read(place: Place, content: bytes) -> object:
    """What is read; None for a refusal. In processor time, for other things go on on this machine."""
    started = time.process_time()
    try:
        if place.filename.endswith(".pls"):
            return read_lexicon(content)
        return parse_document(content, filename=place.filename, trust_name=False)
    except DocumentRefused:
        return None
    finally:
        assert time.process_time() - started < LONGEST_S, place.name


def pairs(file: Path, url: str) -> Iterator[tuple[Place, Attack]]:
    """Each attack somewhere and each place with some of them, or all with all."""
    found, everywhere = list(attacks(file, url)), places()
    if rounds(0, 1):
        yield from itertools.product(everywhere, found)
        return
    for number, attack in enumerate(found):
        yield everywhere[number % len(everywhere)], attack


def test_nothing_is_expanded_or_fetched(tmp_path: Path, listener: socket.socket) -> None:
    """Of more than a hundred attacks in all parts of documents none brings anything in; entities are refused."""
    file = tmp_path / "a.txt"
    file.write_text(CANARY)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/a"
    tried = 0
    for place, attack in pairs(file, url):
        found = read(place, place.hold(attack))
        assert CANARY not in repr(found), (place.name, attack.name)
        assert found is None or not attack.declares, (place.name, attack.name)
        tried += 1

    assert tried >= 100
    assert not select.select([listener], [], [], 0)[0]


@pytest.mark.parametrize("place", places(), ids=lambda place: place.name)
def test_the_places_are_read_without_an_attack(place: Place) -> None:
    """It is for the attack that something is refused."""
    assert read(place, place.hold(Attack("none"))) is not None or place.name == "EPUB encryption"


@pytest.mark.parametrize("place", places(), ids=lambda place: place.name)
def test_known_attacks_are_refused_everywhere(place: Place) -> None:
    """The collection of defusedxml, in each part in turn, is refused or read without what it declares."""
    if not CORPUS.exists():
        lack("the corpus of attacks isn't beside this checkout")
    for path in sorted(CORPUS.glob("hostile-xml/*.xml")):
        found = read(place, place.pack(path.read_bytes()))
        assert found is None or "<!ENTITY" not in path.read_text(), (place.name, path.name)


def test_a_tag_of_very_many_attributes_is_refused() -> None:
    """An HTML parser compares each with each."""
    tag = " ".join(f'x{number}="y"' for number in range(20_000))

    with pytest.raises(DocumentRefused, match="too many attributes"):
        parse_document(f"<html {tag}><p>One.</p></html>".encode(), filename="a.html")
