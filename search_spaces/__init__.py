"""search_spaces: describes choices of languages, and runs nothing.

Which languages there are, how far apart they lie, which subsets of them can be chosen and by what criterion.
Needs numpy, scipy, the standard library and the data files of lang2vec; never torch, ray, mlflow or transformers.
"""
