"""A plugin whose manifest is not valid."""
