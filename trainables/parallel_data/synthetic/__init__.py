"""The synthetic world: generated sentences in invented languages that follow real ones in grammar, kinship and script.

meaning.py what is said, grammar.py how each language orders and marks it (URIEL), lexicon.py its words (family tree),
script.py its letters, realize.py the three together, inference.py NLI pairs, write.py the folder. See
docs/synthetic-world.md.
"""
