"""The program `agent-desktop-server`: a module per command, and nothing of Qt."""
