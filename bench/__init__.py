"""Measurements: figures to compare, never assertions."""
