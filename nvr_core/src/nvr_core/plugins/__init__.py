"""The plugin host: finds plugins, runs their workers, keeps their configuration."""
