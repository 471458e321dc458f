"""RSA, offline data authentication (building and verifying), CA keys, cryptograms, PIN blocks."""
