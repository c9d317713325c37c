"""Owns the one history of the database: the ledger's tables and every feature's."""
