"""Edge: the local service of LucidLink's daemon: whether another machine is still uploading a file."""

from simulators.lucidlink.app import LucidlinkSimulator
from simulators.lucidlink.settings import Settings

__all__ = ["LucidlinkSimulator", "Settings"]
