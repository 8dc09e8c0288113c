#!/usr/bin/env bash
# Installs the Debian packages that tests use as independent peers: a browser, ffmpeg, GStreamer's
# RTSP server, PostgreSQL. Only as root on Debian; elsewhere the tests that need them are skipped.
set -euo pipefail

packages=(
    chromium ffmpeg fonts-dejavu-core python3-gi gir1.2-gst-rtsp-server-1.0
    postgresql gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
)
if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "Not root on Debian: system packages are left as they are."
    exit 0
fi
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing+=("$package")
done
if [[ ${#missing[@]} -gt 0 ]]; then
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
fi
