"""What the site needs beyond Jupyter Book: small Sphinx extensions, one file and one purpose each."""
