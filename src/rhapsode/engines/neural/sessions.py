"""Models as onnxruntime runs them: with one thread, on the device that was asked for. Only for the child."""

from typing import Any

import onnxruntime

from rhapsode.studio.errors import EngineFailed

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
# An exhaustive search for the fastest convolution is made anew for each new length, and every sentence has another.
_OPTIONS = {"cpu": {}, "cuda": {"cudnn_conv_algo_search": "HEURISTIC"}}
_ERRORS_ONLY = 3


def open_session(model: bytes, device: str) -> Any:
    """An `onnxruntime.InferenceSession`. device: `cpu` or `cuda`.

    Raises: EngineFailed, when there is no such device here; what onnxruntime raises for a model that it can't run.
    """
    provider = _PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        raise EngineFailed(_missing(device))
    options = onnxruntime.SessionOptions()
    # A process for each core says more than threads do (docs/decisions).
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    session = onnxruntime.InferenceSession(model, options, providers=[(provider, _OPTIONS[device])])
    if session.get_providers()[0] != provider:
        # It goes on without a word where the device's own libraries are missing.
        raise EngineFailed(_missing(device))
    return session


def _missing(device: str) -> str:
    found = ", ".join(onnxruntime.get_available_providers())
    return (
        f"The device {device} was asked for, and onnxruntime can't use it here; it has {found}. "
        f"For NVIDIA GPUs onnxruntime-gpu is needed in place of onnxruntime, with its CUDA libraries."
    )
