"""The demo camera: a generated street scene with sound, and the truth about what is on it.

``nvr_demo.sei.parse_sei`` reads the frame number out of a coded picture,
``nvr_demo.scene.overlay.read_counter`` out of a decoded one,
``nvr_demo.truth`` tells who was where.
"""
