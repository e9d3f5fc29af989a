"""Which generation answers: the models in use, the traffic beside them, and their policies."""
