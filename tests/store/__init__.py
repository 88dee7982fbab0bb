"""Tests of agent_desktop.store."""
