"""One module per operation: load, let a rule decide, commit."""
