"""Helpers for people who write checks, links and tests; shipped as part of the product."""
