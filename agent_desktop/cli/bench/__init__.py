"""Figures of `agent-desktop bench`: each is ours against a limit or a peer, measured in turns in one run."""
