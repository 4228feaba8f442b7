"""Wire format of the New Era syringe pumps (NE-1000 family), basic and safe mode.

Method adapted from the makers' user manuals 1200-01, 1200-03 and 1240-01.
"""
