"""Tests of agent_desktop.services.html."""
