"""The names of espeak's sounds."""

from rhapsode.engines.espeak.phoneme_tables import list_mnemonics


def table(name: bytes, *mnemonics: bytes) -> bytes:
    """A table of the file; all but the mnemonics is of no interest."""
    head = bytes([len(mnemonics), 0, 0, 0]) + name.ljust(32, b"\0")
    return head + b"".join(mnemonic.ljust(4, b"\0") + bytes(12) for mnemonic in mnemonics)


def test_every_mnemonic_is_found_once() -> None:
    """Over all tables, in their order; pauses and empty places are no sounds."""
    content = bytes([2, 0, 0, 0]) + table(b"base", b"t", b"_:", b"", b"A:") + table(b"en", b"A:", b"aI@3")

    assert list_mnemonics(content) == ["t", "A:", "aI@3"]
