"""Signing in through the browser: OAuth 2.0 authorization code with PKCE (RFC 6749, 7636, 8252, 9207)."""
