"""Fixtures of several test modules."""

from tests.integration.fileserver_site import site
from tests.integration.watcher_rig import desk

__all__ = ["desk", "site"]
