"""The linear model: hashed n-grams (features.py), their weights (model.py), and how these are found (regression.py)."""
