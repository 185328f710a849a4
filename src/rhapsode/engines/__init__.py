"""Text and a voice to speech: the contract in `engine.py`, one module or package for each engine."""
