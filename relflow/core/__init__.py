"""The rules of a release, pure: values in, values out; no I/O, no clock, no randomness."""
