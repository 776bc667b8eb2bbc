"""Edge: Adobe IMS as far as PostFlow signs in by it: consent, code, rotating tokens, nothing forgiven."""

from simulators.ims.app import ImsSimulator
from simulators.ims.settings import Settings

__all__ = ["ImsSimulator", "Settings"]
