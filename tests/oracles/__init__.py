"""What torch answers where a module of docs/widgets computes: one file per module.

Each has ``cases(draw)``: an iterator of calls ``(function, arguments, wanted)``, where
``draw`` is a seeded ``random.Random``. ``python -m tests.oracles`` writes them all as JSON, for Node.
"""
