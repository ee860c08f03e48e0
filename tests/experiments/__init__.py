"""Trainings that answer a question about the detectors; hours, not seconds.

`python -m tests.experiments ablation|folds --help`.
"""
