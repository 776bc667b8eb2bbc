"""What every PostFlow service needs, and nothing that only one of them needs."""
