"""Text as it is cut and as it is spoken."""
