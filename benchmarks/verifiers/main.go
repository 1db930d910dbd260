// verifiers POLICY TOKENS JWKS SECONDS: tokens a second on one core, by golang-jwt alone and by our verifier.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"math/big"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"counterfoil.dev/verifier"
	"github.com/golang-jwt/jwt/v5"
)

func main() {
	runtime.GOMAXPROCS(1)
	policy, tokens := read(os.Args[1]), strings.Fields(string(read(os.Args[2])))
	seconds, err := strconv.ParseFloat(os.Args[4], 64)
	check(err)
	claims := jwt.MapClaims{}
	_, _, err = jwt.NewParser().ParseUnverified(tokens[0], claims)
	check(err)
	audiences, err := claims.GetAudience()
	check(err)
	expect := verifier.Expectations{
		Audience: audiences[0], Tenants: []string{claims["tenant"].(string)}, Binding: verifier.BearerAllowed,
	}
	started := func() *verifier.Verifier {
		v, err := verifier.New(policy, verifier.Options{})
		check(err)
		_, err = v.Verify(context.Background(), tokens[0], expect) // keys and tiles
		check(err)
		return v
	}
	rate := func(what string, before func() *verifier.Verifier, verify func(*verifier.Verifier, string) error) {
		count, spent := 0, time.Duration(0)
		// The first round warms up.
		for round := 0; round < 2 || spent.Seconds() < seconds; round++ {
			v := before()
			begun := time.Now()
			for _, token := range tokens {
				check(verify(v, token))
			}
			if round > 0 {
				spent += time.Since(begun)
				count += len(tokens)
			}
		}
		fmt.Println(what, float64(count)/spent.Seconds())
	}
	ours := func(v *verifier.Verifier, token string) error {
		_, err := v.Verify(context.Background(), token, expect)
		return err
	}
	keys := keysOf(read(os.Args[3]))
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience(audiences[0]), jwt.WithIssuer(claims["iss"].(string)),
		jwt.WithExpirationRequired())
	rate("peer", func() *verifier.Verifier { return nil }, func(_ *verifier.Verifier, token string) error {
		_, err := parser.Parse(token, func(t *jwt.Token) (any, error) { return keys[t.Header["kid"].(string)], nil })
		return err
	})
	seen := started()
	rate("first", started, ours)
	rate("again", func() *verifier.Verifier { return seen }, ours)
}

func keysOf(jwks []byte) map[string]*ecdsa.PublicKey {
	var set struct {
		Keys []struct{ Kid, Alg, X, Y string }
	}
	check(json.Unmarshal(jwks, &set))
	number := func(text string) *big.Int {
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		check(err)
		return new(big.Int).SetBytes(decoded)
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, key := range set.Keys {
		if key.Alg == "ES256" {
			keys[key.Kid] = &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(key.X), Y: number(key.Y)}
		}
	}
	return keys
}

func read(file string) []byte {
	data, err := os.ReadFile(file)
	check(err)
	return data
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
