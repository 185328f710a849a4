"""Scripts: what is said in a podcast, written by a language model or taken from the sources themselves."""
