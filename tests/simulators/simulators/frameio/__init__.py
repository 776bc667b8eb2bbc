"""Edge: Frame.io V4 as far as PostFlow uses it: it truly fetches what remote_upload is given, and forgives nothing."""

from simulators.frameio.app import FrameioSimulator
from simulators.frameio.settings import Settings

__all__ = ["FrameioSimulator", "Settings"]
