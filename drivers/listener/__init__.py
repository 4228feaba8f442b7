"""The ear of the bench: hears which tones a pump sounds, when and for how long.

`detector` finds tones in samples and knows no source of them; `signatures` says which
tones; `ear` brings samples from a recorder on a serial line, `microphone` from a sound
card, `recording` from a file.
"""

from drivers.listener.ear import Ear

__all__ = ["Ear"]
