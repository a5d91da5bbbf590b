"""Rewards (contingency management): an open ledger of what verified events earned."""
