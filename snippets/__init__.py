"""Small programs, one idea each; modules with an underscore build the site."""
