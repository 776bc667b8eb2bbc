"""How the bytes get to Frame.io."""
