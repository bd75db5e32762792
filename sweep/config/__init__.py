"""What a sweep file says: types, loading and every check. Imports no torch and no ray."""
