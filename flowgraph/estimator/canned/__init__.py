"""The Estimators that there are ready: baselines, linear models and networks, with their heads."""
