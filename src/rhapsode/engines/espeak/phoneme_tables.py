"""espeak-ng's file `phontab`: the names of all sounds of all languages. Bytes in, values out.

Layout, by espeak-ng's `synthdata.c`: a byte, the number of tables, and three of padding. Each table: a byte, the
number of its sounds, three more, a name of 32 bytes, and 16 bytes for each sound, which begin with its mnemonic, up
to four characters.
"""

_HEAD_BYTES, _TABLE_HEAD_BYTES, _SOUND_BYTES, _MNEMONIC_BYTES = 4, 36, 16, 4


def list_mnemonics(phontab: bytes) -> list[str]:
    """Every mnemonic once, those of the common tables first, without pauses and the like, which begin with "_"."""
    found: dict[str, None] = {}
    offset = _HEAD_BYTES
    for _ in range(phontab[0]):
        count = phontab[offset]
        offset += _TABLE_HEAD_BYTES
        for start in range(offset, offset + count * _SOUND_BYTES, _SOUND_BYTES):
            found[phontab[start : start + _MNEMONIC_BYTES].rstrip(b"\0").decode("latin-1")] = None
        offset += count * _SOUND_BYTES
    return [
        mnemonic for mnemonic in found if mnemonic and not mnemonic.startswith("_") and mnemonic.isascii()
    ]
