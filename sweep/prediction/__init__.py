"""What a sweep will take: wall time, processor or GPU time, disk and memory, from miniatures or from records."""
