"""Coded video and sound as bytes: NAL units, fragmented MP4. No libav, no event loop."""
