"""Names the plugins to load, and nothing else."""

pytest_plugins = ["harness.pytest_plugin", "harness.report", "fixtures.plugin"]
