"""Nouns and rules of the Studio, without any input or output."""
