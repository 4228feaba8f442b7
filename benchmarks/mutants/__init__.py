"""Small faults put into judging, units and readers, one at a time: do tests notice?"""
