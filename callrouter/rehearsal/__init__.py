"""A call rehearsed beyond the menus: the live reception on virtual time, without phones, disk and waiting."""
