"""What PostFlow costs, against what else does the job."""
