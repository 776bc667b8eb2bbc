"""Edge: a tunnel's near end with its metrics port, and the public front that it leads from."""

from simulators.cloudflared.app import CloudflaredSimulator
from simulators.cloudflared.settings import Settings

__all__ = ["CloudflaredSimulator", "Settings"]
