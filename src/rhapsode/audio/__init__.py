"""Samples and files: nothing here knows what is said in them."""
