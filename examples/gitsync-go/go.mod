module example.org/gitsync

go 1.24
