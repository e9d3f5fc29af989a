"""The embedding job: vectors for the texts that have none yet, and the bundle of an execution's vectors."""
