"""Tables of commands behind menus, palette and keys."""
