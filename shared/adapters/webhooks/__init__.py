"""Sends notifications to the receivers in NOTIFY_URLS: Adaptive Cards to Teams, signed JSON to others."""
