"""Networks of other people's packages, built small, with data that each can learn."""
