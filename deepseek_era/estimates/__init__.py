"""Estimates from data in place of judgements: catch-up, prices, elasticity, series without the event."""
