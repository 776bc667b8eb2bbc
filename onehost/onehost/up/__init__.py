"""The studio's PostFlow as processes of one machine, from the same `.env` as the containers."""
