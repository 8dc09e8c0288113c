"""The demo camera: a generated street scene."""
