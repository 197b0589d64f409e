"""Faces: what a person sees of a session, one file a widget."""
