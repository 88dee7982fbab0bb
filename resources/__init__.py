"""Icons, fonts, sounds, translations and demo material."""
