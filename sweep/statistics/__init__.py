"""Statistics that can be defended: from the tidy table of scores to paired differences, intervals, tests and sentences.

paired -> confidence (intervals, p-values, equivalence) -> comparisons (many arms, corrected) -> sentences.
Beside them: families of languages, the noise floor of repeated runs, sign flips, corrections, regression on properties
of sets.
"""
