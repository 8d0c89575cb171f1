"""The attacker: code of its own that reads published files only, and computes from them what they do not show. Any finding stops a release."""
