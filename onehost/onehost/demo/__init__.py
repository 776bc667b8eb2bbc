"""The main job on this machine, with simulators instead of accounts, told for a person. `python -m onehost.demo`."""
