package spool

const childEnv = "SPECT_TEST_CHILD"

func child(string) int { return 0 }
