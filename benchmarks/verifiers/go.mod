module counterfoil.dev/benchmarks/verifiers

go 1.24

require (
	counterfoil.dev/verifier v0.1.0
	github.com/golang-jwt/jwt/v5 v5.2.2
	golang.org/x/mod v0.19.0
)

// Debian's copies: nothing is fetched.
replace (
	counterfoil.dev/verifier => ../../integrations/go
	github.com/golang-jwt/jwt/v5 => /usr/share/gocode/src/github.com/golang-jwt/jwt/v5
	golang.org/x/mod => /usr/share/gocode/src/golang.org/x/mod
)
