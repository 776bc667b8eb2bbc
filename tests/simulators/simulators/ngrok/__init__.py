"""Edge: ngrok's agent with its web interface, and the public front that it leads from."""

from simulators.ngrok.app import NgrokSimulator
from simulators.ngrok.settings import Settings

__all__ = ["NgrokSimulator", "Settings"]
