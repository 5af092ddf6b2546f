"""The just-in-time compiler: clusters of elementwise ops become one loop of machine code (LLVM)."""
