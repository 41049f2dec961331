"""Channels that sell our rooms: told what differs, and asked what they sold."""
