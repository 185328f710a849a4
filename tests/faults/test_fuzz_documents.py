"""Documents made a little wrong, and real ones: they are read or refused, and nothing else comes of them."""

import time
from pathlib import Path

import pytest
from tests.faults.fuzz_documents import case_of, find_faults, refused_files
from tests.faults.seeds import CORPUS, Seed, seeds, written
from tests.lacking import lack
from tests.rounds import rounds

from rhapsode.documents import PARSER_LIMITS, import_document
from rhapsode.processes import Reach, run_reaching

_SMALL_BYTES = 200_000


def test_no_reader_has_a_fault() -> None:
    """Whatever is changed in a document, it is read or refused, in the time and memory that it may take."""
    pytest.importorskip("resource")
    cases = rounds(40, 20_000)

    assert list(find_faults(0, 1, time.monotonic() + 3_600, cases, seeds())) == []


def test_real_documents_are_read_where_nothing_can_be_opened() -> None:
    """No reader wants a file that it may not have, nor more memory: the encrypted one alone is refused."""
    if not CORPUS.exists():
        lack("the corpus of real documents isn't beside this checkout")
    kinds = {f".{kind}" for kind in ("epub", "docx", "pdf", "html", "pls")}
    found = sorted(path for path in CORPUS.rglob("*") if path.suffix in kinds)
    paths = tuple(str(path) for path in found if rounds(path.stat().st_size < _SMALL_BYTES, 1))

    refused = run_reaching(refused_files, PARSER_LIMITS, Reach(reads=(CORPUS,)), paths)

    assert len(paths) > 20
    assert {Path(path).name for path in refused} <= {"libreoffice-writer-password.pdf"}


@pytest.mark.parametrize("seed", written()[1:5], ids=lambda seed: seed.name)
def test_a_child_reads_each_kind(seed: Seed) -> None:
    """A reader finds its modules and libraries in a child that may open nothing else."""
    assert import_document(seed.content, filename=seed.name).chapters


def test_the_cases_are_those_of_their_seed() -> None:
    """What went wrong once can be made again."""
    originals = seeds()

    assert [case_of(seed, originals) for seed in range(40)] == [
        case_of(seed, originals) for seed in range(40)
    ]
