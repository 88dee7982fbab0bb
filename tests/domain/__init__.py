"""Tests of agent_desktop.domain."""
