package verifier

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"slices"
	"strings"
)

const (
	es256     = "ES256"
	rs256     = "RS256"
	edDSA     = "EdDSA"
	mlDsa44   = "ML-DSA-44" // not in the standard library of Go 1.24
	rsaE      = 65_537
	notItsKey = "JWK's key is not one"
)

var p256HalfOrder = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

// publicKey is the key of a JWK, of one algorithm.
type publicKey struct {
	alg        string
	thumbprint string
	ec         *ecdsa.PublicKey
	rsa        *rsa.PublicKey
	ed25519    ed25519.PublicKey
}

// parseJwk takes a JWK with exactly the members of its thumbprint (spec/keys.md, Algorithms).
func parseJwk(jwk *members) (*publicKey, error) {
	key := &publicKey{}
	bytesOf := func(name string) []byte {
		decoded, err := base64URL(jwk.text(name))
		if err != nil {
			jwk.fail(base64Kind)
		}
		return decoded
	}
	var err error
	switch kind := jwk.text("kty"); kind {
	case "EC":
		jwk.allowOnly("kty", "crv", "x", "y")
		x, y := bytesOf("x"), bytesOf("y")
		key.alg = es256
		if jwk.text("crv") != "P-256" || len(x) != 32 || len(y) != 32 {
			return nil, errors.New(notItsKey)
		}
		if _, err = ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, x, y)); err != nil {
			return nil, errors.New("a point is not on P-256")
		}
		if known()["P-256 "+jwk.text("x")] {
			return nil, errWellKnown
		}
		key.ec = &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	case "RSA":
		jwk.allowOnly("kty", "e", "n")
		n := bytesOf("n")
		key.alg = rs256
		modulus := new(big.Int).SetBytes(n)
		if jwk.text("e") != "AQAB" || len(n) == 0 || n[0] == 0 || modulus.Bit(0) == 0 || modulus.BitLen() < 2048 || modulus.BitLen() > 4096 {
			return nil, errors.New("an RSA key is an odd modulus of 2048 to 4096 bits, and 65537")
		}
		err = requireOwnedRsa(modulus)
		key.rsa = &rsa.PublicKey{N: modulus, E: rsaE}
	case "OKP":
		jwk.allowOnly("kty", "crv", "x")
		key.alg = edDSA
		key.ed25519 = bytesOf("x")
		if jwk.text("crv") != "Ed25519" {
			return nil, errors.New(notItsKey)
		}
		err = requireOwnedEd25519(key.ed25519)
	case "AKP":
		jwk.allowOnly("kty", "alg", "pub")
		key.alg = mlDsa44
		if jwk.text("alg") != mlDsa44 {
			return nil, errors.New(notItsKey)
		}
		err = requireOwnedMlDsa44(bytesOf("pub"))
	default:
		return nil, errors.New("a JWK is of another kind")
	}
	if err != nil || jwk.fault != nil {
		return nil, errors.Join(err, jwk.fault)
	}
	// Of exactly these members RFC 7638 makes the thumbprint.
	digest := sha256.Sum256([]byte(canonical(jwk.object)))
	key.thumbprint = encodeURL(digest[:])
	return key, nil
}

// refusal says what is wrong with a signature of a token: a code, or nothing.
func (k *publicKey) refusal(input string, signature []byte) string {
	digest := sha256.Sum256([]byte(input))
	good := false
	switch k.alg {
	case es256:
		if len(signature) != 64 {
			break
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		if good = ecdsa.Verify(k.ec, digest[:], r, s); good && s.Cmp(p256HalfOrder) > 0 {
			return "signature-high-s"
		}
	case rs256:
		good = rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, digest[:], signature) == nil
	case edDSA:
		good = ed25519.Verify(k.ed25519, []byte(input), signature)
	default:
		return "algorithm-unavailable"
	}
	if !good {
		return "signature"
	}
	return ""
}

// jws is a compact JWS by a key of Ed25519, with a header of exactly alg, kid and typ; its signature is not yet checked.
type jws struct {
	kid, typ, input string
	payload         []byte
	signature       []byte
}

func parseHeader(encoded string) (kid, typ string, err error) {
	decoded, err := base64URL(encoded)
	if err != nil {
		return "", "", err
	}
	header, err := strictObject(decoded, entryMax, headerValuesMax)
	if err != nil {
		return "", "", err
	}
	m := &members{object: header}
	m.allowOnly("alg", "kid", "typ")
	if m.text("alg") != edDSA {
		m.fail("a statement's algorithm is EdDSA")
	}
	return m.text("kid"), m.text("typ"), m.fault
}

func parseJws(text string) (*jws, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errors.New("a statement is no compact JWS")
	}
	kid, typ, err := parseHeader(parts[0])
	if err != nil {
		return nil, err
	}
	payload, err := base64URL(parts[1])
	if err != nil {
		return nil, err
	}
	signature, err := base64URL(parts[2])
	if err != nil {
		return nil, err
	}
	return &jws{kid: kid, typ: typ, input: parts[0] + "." + parts[1], payload: payload, signature: signature}, nil
}
