"""Ways to hear of a path. The scan is the truth; the others only make it look earlier."""
