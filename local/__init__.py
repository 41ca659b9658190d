"""The product on this machine: an AWS emulator, and the unmodified stack deployed into it."""
