"""``python -m gerritbot_er``: the command line, where the console script is not on the path."""

from gerritbot_er.cli import main

if __name__ == "__main__":
    main(prog_name="gerritbot-er")
