"""Item models over sorted keys and cached pages."""
