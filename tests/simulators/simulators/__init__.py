"""Edge: the outside world in small: Frame.io, Discord webhooks and a trace backend that can be asked what they saw."""
