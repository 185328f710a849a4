"""Which number each symbol has: as the model says that was exported with it, or as the package kokoro-onnx does."""

import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path

_CONFIG = "kokoro_config"


def vocabulary_of(metadata: Mapping[str, str]) -> Mapping[str, int]:
    """The numbers of symbols, for a model with this metadata. Raises: ValueError, when what it says is none."""
    if _CONFIG in metadata:
        return _vocabulary(metadata[_CONFIG])
    return _usual_vocabulary()


@functools.cache
def _usual_vocabulary() -> Mapping[str, int]:
    # The package isn't imported: with it would come a second espeak-ng.
    spec = importlib.util.find_spec("kokoro_onnx")
    if spec is None or not spec.submodule_search_locations:
        msg = "the extra `kokoro` is not installed"
        raise ModuleNotFoundError(msg, name="kokoro_onnx")
    return _vocabulary(Path(spec.submodule_search_locations[0], "config.json").read_text(encoding="utf-8"))


def _vocabulary(config: str) -> Mapping[str, int]:
    try:
        numbers = {str(symbol): int(number) for symbol, number in json.loads(config)["vocab"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = "the config in it has no vocabulary"
        raise ValueError(msg) from error
    return numbers
