"""Fixtures of several test modules."""

from tests.integration.fileserver_site import site
from tests.integration.fileserver_tunnel import short_times, tunnel
from tests.integration.ims_office import office
from tests.integration.slow_mount import slow_mount
from tests.integration.watcher_rig import desk

__all__ = ["desk", "office", "short_times", "site", "slow_mount", "tunnel"]
