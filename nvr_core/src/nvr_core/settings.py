"""Where a server keeps its things. Made once per process from the environment and passed down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_RUN_DIR_MAX = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths and addresses of one server. Cheap to import: needs the standard library only."""

    data: Path
    """Data directory, absolute."""
    host: str = "0.0.0.0"
    """Address the API listens at."""
    port: int = 8080
    """Port the API listens at."""
    plugin_paths: tuple[Path, ...] = ()
    """Further directories (site-packages) that plugins are discovered in."""
    database_url: str = ""
    """SQLAlchemy URL; empty for SQLite in the data directory."""

    @classmethod
    def from_env(cls) -> Settings:
        """Read the variables that `to_env` writes; absent ones have their defaults."""
        paths = os.environ.get("NVR_PLUGIN_PATHS", "")
        return cls(
            data=Path(os.environ.get("NVR_DATA", "data")).resolve(),
            host=os.environ.get("NVR_HOST", "0.0.0.0"),
            port=int(os.environ.get("NVR_PORT", "8080")),
            plugin_paths=tuple(Path(p).resolve() for p in paths.split(os.pathsep) if p),
            database_url=os.environ.get("NVR_DATABASE_URL", ""),
        )

    def to_env(self) -> dict[str, str]:
        """Give the environment from which `from_env` makes these settings again."""
        return {
            "NVR_DATA": str(self.data),
            "NVR_HOST": self.host,
            "NVR_PORT": str(self.port),
            "NVR_PLUGIN_PATHS": os.pathsep.join(map(str, self.plugin_paths)),
            "NVR_DATABASE_URL": self.database_url,
        }

    @property
    def database(self) -> Path:
        """SQLite file."""
        return self.data / "nvr.db"

    @property
    def effective_database_url(self) -> str:
        """The URL given, or that of the SQLite file."""
        return self.database_url or f"sqlite:///{self.database}"

    @property
    def secret_key(self) -> Path:
        """Key of the secrets at rest, mode 0600."""
        return self.data / "secret.key"

    @property
    def config_mirror(self) -> Path:
        """YAML mirror of the configuration."""
        return self.data / "config.yaml"

    @property
    def recordings(self) -> Path:
        """Default storage location."""
        return self.data / "recordings"

    @property
    def run(self) -> Path:
        """Directory of the sockets, mode 0700.

        Socket paths are limited to 107 bytes; a deeper data directory keeps its sockets in the
        temporary directory, under a name derived from its own.
        """
        near = self.data / "run"
        if len(os.fsencode(near)) <= _RUN_DIR_MAX:
            return near
        # Here, since every process of a server makes settings and few have need of these.
        import hashlib
        import tempfile

        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"nvr-{os.getuid()}-{digest}"

    @property
    def supervisor_socket(self) -> Path:
        """The supervisor's socket."""
        return self.run / "supervisor.sock"

    @property
    def engine_socket(self) -> Path:
        """The engine's socket."""
        return self.run / "engine.sock"

    @property
    def av_socket(self) -> Path:
        """The av worker's socket."""
        return self.run / "av.sock"

    def plugin_socket(self, plugin_id: str) -> Path:
        """A plugin worker's socket."""
        return self.run / f"plugin-{plugin_id}.sock"

    def routes_socket(self, plugin_id: str) -> Path:
        """Where a plugin worker serves its API routes."""
        return self.run / f"routes-{plugin_id}.sock"

    def plugin_data(self, plugin_id: str) -> Path:
        """A plugin's own data directory."""
        return self.data / "plugins" / plugin_id
