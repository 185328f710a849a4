"""The one room that knows the durable-execution engine."""
