"""The pages of customers, and what programs ask of them."""
