"""Tests of the Python package, run by the Python that it was built for, with PYTHONPATH at the built tree."""
pytest_plugins = ["pytester"]
