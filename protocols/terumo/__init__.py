"""The status line of Terumo TE infusion and syringe pumps, which only asks.

A frame is ``STX xml CRC ETX``; the xml names the pump and carries, in base64, a binary
command or its answer. Modules: ``frame`` (bytes to envelopes and back), ``status`` (the
binary operating status), ``questions`` (all that can be said to such a pump).

Source: the makers' printed instruction manuals for TE-SS and TE-LF. No real pump has
been met yet. Assumed, because no source at hand says so: the line's settings, 9600 8N1;
that an answer repeats the question's sequence number; that alarm bit 0 is the least
significant bit of the last of the three bytes.
"""
