"""A receiver of webhooks for a developer's own machine: it verifies, prints, and passes on."""
