"""Neural voices of Kokoro: one model with many voices, local, on the processor or a GPU.

espeak-ng, which makes the phonemes for it, is GPL and loaded only in the child process (`rhapsode.engines.neural`).
"""

from rhapsode.engines.kokoro.adapter import KokoroEngine

__all__ = ["KokoroEngine"]
