"""Drug screens: who is drawn for which day, by chance that anyone can recompute afterwards."""
