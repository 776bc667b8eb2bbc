"""Hears of files on the filespace and releases each revision once, when it has stopped changing."""
