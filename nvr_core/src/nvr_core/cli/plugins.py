"""``nvr plugin list``."""

from __future__ import annotations

import json

from nvr_core.plugins.discovery import FoundPlugin, discover
from nvr_core.settings import Settings


def show_plugins(settings: Settings, *, as_json: bool) -> None:
    """Print the plugins found, the unusable ones with their reason."""
    rows = [_row(plugin) for plugin in discover(settings)]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    if not rows:
        print("No plugin is installed.")
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        text = f"{row['problem']}: {row['reason']}" if row["problem"] else row["name"]
        print(f"{row['id']:<{width}}  {row['version']:<10}  {text}")


def _row(plugin: FoundPlugin) -> dict[str, str]:
    return {
        "id": plugin.id,
        "version": plugin.version,
        "name": plugin.manifest.name if plugin.manifest else plugin.distribution,
        "problem": plugin.problem,
        "reason": plugin.reason,
    }
