"""The models as Ray Serve deployments, for fronts that ask them through ``assistant.remote``."""
