"""Records, blobs and packs: what is kept, and how it stays true."""
