"""Files that people write - images, sequences, reader profiles, terminals, plans - as typed values.

The loaders are written by hand so that the happy path needs no heavy library; ``schema`` holds
the same shapes as pydantic models, for the published JSON Schemas and as a second opinion.
"""
