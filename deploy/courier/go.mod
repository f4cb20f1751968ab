module autodidact/courier

go 1.26
