"""The review in hand: edited, selected, decided and saved."""
