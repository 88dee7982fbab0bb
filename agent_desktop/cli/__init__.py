"""The command line: the composition root, which alone knows every layer."""
