"""What all engines with local neural voices share: the child process that has their libraries and models.

A renderer has one such child for each engine it uses. Only the child imports onnxruntime and what makes phonemes
(some of which is GPL); the renderer imports `speaker`, which starts it, asks it and ends it.
"""
