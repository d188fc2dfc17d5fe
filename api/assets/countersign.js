// Pages work without this; it makes them quicker to use.
