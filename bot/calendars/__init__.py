"""Timetables: read from calendars and tables, kept as sessions, and given back as calendars."""
