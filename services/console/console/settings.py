"""Edge: the console's settings."""

from postflow.settings import ServiceSettings


class Settings(ServiceSettings):
    is_traced = False
