"""What a model gets wrong, in counts for people: analysis.json, and the list of errors beside it."""
