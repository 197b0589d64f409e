"""Trust: is it better, may it stop, what may it decide alone, does it still hold. Joins statistics with a session."""
