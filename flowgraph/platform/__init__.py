"""What a program needs around its graphs: flags, logging, files, strings. Knows no graph."""
