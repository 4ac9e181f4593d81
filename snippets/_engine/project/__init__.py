"""Where files are, what can be wrong with them; reading, writing whole, keeping from run to run."""
