"""Pure decisions over the model: no clock, no table, no environment."""
