"""Where cards go: a Discord channel, or the log."""
