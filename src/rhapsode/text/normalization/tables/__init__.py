"""One module for each language: its words, and in which order its rules are tried."""
