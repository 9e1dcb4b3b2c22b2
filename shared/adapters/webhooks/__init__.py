"""Sends notifications to the addresses of NOTIFY_URLS: Adaptive Cards to Teams, signed JSON to others."""
