"""Frozen values of the domain. They import nothing else of this package."""
