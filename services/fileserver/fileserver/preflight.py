"""Edge: what must be right before the fileserver starts, beside the settings themselves."""

from fileserver.settings import Settings
from postflow import rights
from postflow.errors import SettingsError


def check(settings: Settings) -> None:
    """Raises SettingsError."""
    if problems := rights.why_not_writable("FILESERVER_DATA", settings.fileserver_data):
        raise SettingsError(problems)
