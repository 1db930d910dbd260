// Command counterfoil-verify says of each token on its standard input, one a line, VERIFIED and its position, or REFUSED
// and why. Its arguments are a policy file, an audience and tenants.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"

	"counterfoil.dev/verifier"
)

const lineMax = 64 << 10

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: counterfoil-verify POLICY AUDIENCE TENANT... < TOKENS")
	}
	policy, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	v, err := verifier.New(policy, verifier.Options{})
	if err != nil {
		log.Fatal(err)
	}
	expect := verifier.Expectations{Audience: os.Args[2], Tenants: os.Args[3:], Binding: verifier.BearerAllowed}
	tokens := bufio.NewScanner(os.Stdin)
	tokens.Buffer(nil, lineMax)
	for tokens.Scan() {
		if verified, err := v.Verify(context.Background(), tokens.Text(), expect); err != nil {
			fmt.Println("REFUSED", err)
		} else {
			fmt.Println("VERIFIED", verified.Position)
		}
	}
	if err := tokens.Err(); err != nil {
		log.Fatal(err)
	}
}
