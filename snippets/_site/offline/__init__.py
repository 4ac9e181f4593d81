"""The site without a network: a folder that opens from a disk, and the archive of it that the published site offers."""
