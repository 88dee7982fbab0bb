"""Tests of e-mail channels."""
