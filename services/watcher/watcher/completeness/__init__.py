"""Is this container closed? A few small reads tell, without decoding anything. `formats` knows which module to ask."""
