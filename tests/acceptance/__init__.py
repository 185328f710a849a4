"""Real processes, started as a person starts them."""
