"""All that knows Frame.io."""
