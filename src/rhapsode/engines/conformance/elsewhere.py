"""The other process of `two_processes_speak_at_once`: texts and what they are spoken by come in, speech goes out."""

import pickle
import sys

from rhapsode.engines.conformance.repeating import speak_all_anew


def main() -> None:
    """Speak what stdin says, a pickled (subject, texts), and write the pickled speech to stdout."""
    subject, texts = pickle.load(sys.stdin.buffer)  # noqa: S301 -- whoever has started this has written it
    pickle.dump(speak_all_anew(subject, texts), sys.stdout.buffer)


if __name__ == "__main__":
    main()
