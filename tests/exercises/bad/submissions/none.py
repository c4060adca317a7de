"""No submission at all."""
