"""Sends notifications to the receivers in NOTIFY_URLS: Adaptive Cards to Teams workflows, signed JSON to programs."""
