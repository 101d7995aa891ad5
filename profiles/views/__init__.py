"""Pages: `record` of what was done, `suggestions` of what next, `saved` searches and things for later."""
