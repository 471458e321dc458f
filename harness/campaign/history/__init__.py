"""What a bench did: every run's results in one SQLite file, and questions over many runs.

Nothing here is imported unless a history is named: SQLAlchemy alone costs 200 ms.
"""
