"""Ops that write summaries: messages for a file of events, which TensorBoard shows."""
