"""A project's CI files: read with what they include, checked for their form, and edited as little as can be."""
