"""The graphs of neural voices, rewritten so that the same seed always gives the same speech, and tells its durations.

Only a child process that speaks imports `rewriting`, which has the library `onnx`; `seeded` has none but numpy.
"""
