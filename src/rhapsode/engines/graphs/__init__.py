"""The graphs of neural voices, rewritten: a seed gives the same speech, durations are told, and less time is taken.

Only a child process that speaks imports `rewriting` and `rows`, which need `onnx`; `seeded` needs numpy alone.
"""
