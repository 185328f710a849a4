"""From a text to the phonemes that neural voices are fed, each with the characters it stands for, and back to times.

Only `library` loads espeak-ng, and only in a child process that speaks; everything else is values in, values out.
"""
