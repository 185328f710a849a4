import io

import numpy as np
import soundfile

from rhapsode.audio.ogg import seal_page, take_pages


def _libsndfile_file() -> bytes:
    content = io.BytesIO()
    noise = np.random.default_rng(0).integers(-9000, 9000, 100_000).astype(np.int16)
    soundfile.write(content, noise, 48_000, format="OGG", subtype="OPUS")
    return content.getvalue()


def test_a_page_sealed_with_its_own_serial_number_is_itself() -> None:
    """Checksums are those that libogg writes."""

    pages = take_pages(bytearray(_libsndfile_file()))

    assert len(pages) > 3
    for page in pages:
        before = bytes(page)
        assert seal_page(page, serial=int.from_bytes(before[14:18], "little")) == before


def test_pages_are_taken_as_they_become_whole() -> None:
    """Bytes that arrive one by one give the same pages, each at its last byte, and nothing remains."""

    content = _libsndfile_file()
    arrived, pages = bytearray(), []
    for byte in content:
        arrived.append(byte)
        pages += take_pages(arrived)

    assert pages == take_pages(bytearray(content))
    assert not arrived


def test_another_serial_number_and_end_are_all_that_changes() -> None:
    """A sealed page differs from what it was in granule position, serial number and checksum alone."""

    page = take_pages(bytearray(_libsndfile_file()))[-1]
    before = bytes(page)
    after = seal_page(page, serial=0x01020304, shorter_by_samples=7)

    assert after[14:18] == b"\x04\x03\x02\x01"
    assert int.from_bytes(before[6:14], "little") - int.from_bytes(after[6:14], "little") == 7
    assert after[:6] + after[18:22] + after[26:] == before[:6] + before[18:22] + before[26:]
