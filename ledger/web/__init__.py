"""What the pages of features share: requests, questions, links, wording of times and deliveries. Knows no feature."""
