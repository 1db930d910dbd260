module counterfoil.dev/verifier

go 1.24

require golang.org/x/mod v0.19.0
