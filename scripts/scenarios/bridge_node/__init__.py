"""A bridge of ours, and the bootstraps and DHT peers around it, played by hand."""
