"""The page that one plays with: its data, and the scripts that a browser runs on them. It fetches nothing."""
