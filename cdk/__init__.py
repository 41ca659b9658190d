"""The infrastructure: one stack, the same constructs for every stage."""
