"""Snapshots and history items as bytes: files, single files of projects, archives.

Nothing is encoded here but the MP3 of a lossless file, where that is asked for (mp3_copy.py).
"""
