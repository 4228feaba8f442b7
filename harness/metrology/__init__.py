"""From raw readings to a value with a stated uncertainty.

``budget`` propagates uncertainties, ``student`` gives the coverage factor, ``water``,
``air`` and ``buoyancy`` turn mass into volume, and ``gravimetry`` is the method.
"""
