"""Flow curves and boluses from a series of weights.

Arrays of floats go in and come out, with the unit in the name; nothing here reads a
file, knows a clock or draws. :func:`harness.flow.analysis.analyse` is the face for
everything about a continuous flow.
"""
