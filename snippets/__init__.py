"""Small programs, each the proof of one idea; modules with an underscore build the site."""
