"""Questions to the mount that may never be answered, asked in a process apart: it can be left behind."""
