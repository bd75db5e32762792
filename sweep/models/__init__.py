"""Models that people can use: a trial's encoder and fine-tuned models as ordinary Hugging Face folders."""
