"""From the environment to settings, clients and verbs: the only place where things are built and wired."""

from shared.bootstrap.app import App, app_of_process

__all__ = ["App", "app_of_process"]
