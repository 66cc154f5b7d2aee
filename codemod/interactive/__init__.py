"""Asking what to rewrite, site by site."""
