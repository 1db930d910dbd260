// A service for ServicesTest of integrations/node: service POLICY MONITOR CLIENT KEY-FILE; says where it listens.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"

	"counterfoil.dev/verifier"
)

func main() {
	policy, err := os.ReadFile(os.Args[1])
	check(err)
	key, err := os.ReadFile(os.Args[4])
	check(err)
	issuer := regexp.MustCompile(`(?m)^issuer (.*)$`).FindSubmatch(policy)
	sightings, err := verifier.NewReporter(verifier.ReporterOptions{
		Monitor: os.Args[2], Issuer: string(issuer[1]), ClientID: os.Args[3], Key: key, Instance: "go",
	})
	check(err)
	v, err := verifier.New(policy, verifier.Options{Sightings: sightings})
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	origin := "http://" + listener.Addr().String()
	guard := verifier.Guard{
		Verifier: v, Origin: origin,
		Expect:  verifier.Expectations{Audience: "archive", Tenants: []string{"acme"}, Binding: verifier.BearerAllowed},
		Refused: func(refusal *verifier.Refusal) { fmt.Println("refused", refusal) },
	}
	fmt.Println("listening", origin)
	check(http.Serve(listener, guard.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, verifier.VerifiedOf(r.Context()).Subject)
	}))))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
