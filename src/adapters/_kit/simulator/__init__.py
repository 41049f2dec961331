"""What every vendor's simulator needs and none is about: ASGI, faults on demand, webhooks going out."""
