module example.test/locks

go 1.26
