"""What a measurement will be worth, before anything is measured.

``ideal_run`` makes the weights that a perfect pump would give, ``forecast`` puts them
through the method that will judge the run, ``duration`` searches, ``sampling`` advises
``cases`` does it for a plan, and ``plot`` draws it.
"""
