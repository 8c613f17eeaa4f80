"""What each stage computes: plain Python, numpy, Pillow and ML libraries; no Django."""
