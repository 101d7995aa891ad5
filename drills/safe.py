"""The site as it is, for the drill."""

from drills.serving import serve

if __name__ == "__main__":
    serve("serve:build")
