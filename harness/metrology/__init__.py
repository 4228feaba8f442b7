"""From raw readings to a value with a stated uncertainty.

``inputs`` and ``correlation`` say what is known of the input quantities, ``budget``
propagates their uncertainties, ``student`` gives the coverage factor, and
``monte_carlo`` checks both with ``draws`` from the distributions. ``water``,
``air`` and ``buoyancy`` turn mass into volume, and ``gravimetry`` is the method.
"""
