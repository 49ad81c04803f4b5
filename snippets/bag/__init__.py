"""The bag of tricks, small: an experiment that any two cores can repeat."""
