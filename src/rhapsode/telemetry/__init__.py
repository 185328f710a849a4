"""What is told of a running server: numbers, lines of log, traces, and whether it is ready."""
