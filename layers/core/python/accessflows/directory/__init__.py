"""Where people come from: sources that are listed."""
