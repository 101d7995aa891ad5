"""Pages: `record` of what was done, what was `logged`, `suggestions` of what next, `saved` searches and things for later."""
