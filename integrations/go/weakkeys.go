package verifier

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
)

// Public keys under which others than their owner sign (spec/keys.md, Weak keys) are refused wherever they are stated.

//go:embed known-keys.txt
var knownKeys string

var (
	errWellKnown = errors.New("everybody knows the private half of a key")
	fieldPrime   = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	smallOrder   = func() []*big.Int {
		order8, _ := new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
		return []*big.Int{
			big.NewInt(0), big.NewInt(1), new(big.Int).Sub(fieldPrime, big.NewInt(1)), order8, new(big.Int).Sub(fieldPrime, order8),
		}
	}()
)

const (
	mlDsa44Bytes    = 1312
	polynomialBytes = 320
	nearZeroMax     = 32
	factorEnd       = 65_536
	rocaPrimeMax    = 167
	rocaGenerator   = 65_537
	fermatSteps     = 16
	p256KnownMax    = 1024
)

var known = sync.OnceValue(func() map[string]bool {
	listed := map[string]bool{}
	for _, line := range strings.Split(knownKeys, "\n") {
		if words := strings.Split(line, " "); len(words) >= 2 {
			listed[words[0]+" "+words[1]] = true
		}
	}
	for key := uint64(1); key <= p256KnownMax; key++ {
		private, err := ecdh.P256().NewPrivateKey(binary.BigEndian.AppendUint64(make([]byte, 24), key))
		if err != nil {
			panic(err)
		}
		listed["P-256 "+encodeURL(private.PublicKey().Bytes()[1:33])] = true
	}
	return listed
})

var primes = sync.OnceValue(func() []int64 {
	var found []int64
	composite := make([]bool, factorEnd)
	for n := 3; n < factorEnd; n += 2 {
		if composite[n] {
			continue
		}
		found = append(found, int64(n))
		for multiple := 3 * n; multiple < factorEnd; multiple += 2 * n {
			composite[multiple] = true
		}
	}
	return found
})

// requireOwnedEd25519 refuses a key of small order, and one that is no encoding of a point.
func requireOwnedEd25519(raw []byte) error {
	if len(raw) != 32 {
		return errors.New("an Ed25519 key has 32 bytes")
	}
	little := bytes.Clone(raw)
	slices.Reverse(little)
	little[0] &= 0x7f
	y := new(big.Int).SetBytes(little)
	if y.Cmp(fieldPrime) >= 0 || slices.ContainsFunc(smallOrder, func(other *big.Int) bool { return y.Cmp(other) == 0 }) {
		return errors.New("everybody can sign under an Ed25519 key")
	}
	if known()["Ed25519 "+encodeURL(raw)] {
		return errWellKnown
	}
	return nil
}

// requireOwnedMlDsa44 refuses a key one of whose polynomials is next to zero.
func requireOwnedMlDsa44(pub []byte) error {
	if len(pub) != mlDsa44Bytes {
		return errors.New("an ML-DSA-44 key has 1312 bytes")
	}
	for from := 32; from < len(pub); from += polynomialBytes {
		near := 0
		for bit := 0; bit < polynomialBytes*8; bit += 10 {
			at := from + bit/8
			coefficient := (int(pub[at]) | int(pub[at+1])<<8) >> (bit % 8) & 1023
			if coefficient <= 1 || coefficient >= 1022 {
				near++
			}
		}
		if near > nearZeroMax {
			return errors.New("everybody can sign under an ML-DSA-44 key")
		}
	}
	digest := sha256.Sum256(pub)
	if known()["ML-DSA-44 "+encodeURL(digest[:])] {
		return errWellKnown
	}
	return nil
}

// requireOwnedRsa refuses a modulus that can be factored: the mark of ROCA, a small factor, two close ones.
func requireOwnedRsa(modulus *big.Int) error {
	roca := true
	for _, prime := range primes() {
		residue := new(big.Int).Mod(modulus, big.NewInt(prime)).Int64()
		if residue == 0 {
			return errors.New("an RSA modulus has a small factor")
		}
		roca = roca && (prime > rocaPrimeMax || isPowerOfGenerator(residue, prime))
	}
	if roca {
		return errors.New("an RSA modulus carries the mark of ROCA")
	}
	a := new(big.Int).Sqrt(modulus)
	for step := 0; step <= fermatSteps; step++ {
		square := new(big.Int).Sub(new(big.Int).Mul(a, a), modulus)
		if square.Sign() >= 0 {
			root := new(big.Int).Sqrt(square)
			if root.Mul(root, root).Cmp(square) == 0 {
				return errors.New("an RSA modulus has two close factors")
			}
		}
		a.Add(a, big.NewInt(1))
	}
	for key := range known() {
		encoded, isRsa := strings.CutPrefix(key, "RSA ")
		if !isRsa {
			continue
		}
		other, err := base64.RawURLEncoding.DecodeString(encoded)
		if err != nil || new(big.Int).GCD(nil, nil, new(big.Int).SetBytes(other), modulus).Cmp(big.NewInt(1)) != 0 {
			return errWellKnown
		}
	}
	if modulus.ProbablyPrime(20) {
		return errors.New("an RSA modulus is a prime")
	}
	return nil
}

func isPowerOfGenerator(residue, prime int64) bool {
	for power := int64(1); ; {
		if power == residue {
			return true
		}
		if power = power * rocaGenerator % prime; power == 1 {
			return false
		}
	}
}
