"""The application: pipeline, models, services, tasks, pages."""
