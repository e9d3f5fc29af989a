"""Classes of whole texts: their windows and network, how scores become classes, what probabilities are worth."""
