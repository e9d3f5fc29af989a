"""Answers of promoted models over HTTP: docs/serving.md."""
