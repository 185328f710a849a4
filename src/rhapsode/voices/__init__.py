"""Whose voices there are: those of the engines, those that are files, and what each workspace has made of them."""
