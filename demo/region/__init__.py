"""Who and what there is in the fictional region: buyers, employers, coordinations, people, contracts."""
