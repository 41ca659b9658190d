"""The command line `accessflows`: an edge on top of everything, in no Lambda's way."""
