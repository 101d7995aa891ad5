"""What a bundle is made of: the names that whoever writes one and whoever reads one agree on."""

#: The signed list of all other files, and the signature beside it.
MANIFEST, SIGNATURE = "manifest.json", "manifest.jws"
README, RECORD = "README.txt", "record.json"
