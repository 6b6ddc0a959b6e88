"""Kernels in context: functions learned in the space that a kernel of attention spans."""
