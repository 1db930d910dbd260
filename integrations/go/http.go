package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// undecided are refusals of which nobody can tell for now whether the token is good: its client is not sent for another.
var undecided = []string{
	"proof-unavailable", "not-cosigned", "log-forked", "key-log-forked", "keys-unavailable", "keys-stale", "algorithm-unavailable",
}

var authorization = regexp.MustCompile(`(?i)^(bearer|dpop) +(\S+)$`)

// Guard stands in front of a service.
type Guard struct {
	Verifier *Verifier
	Expect   Expectations
	Origin   string         // scheme and host as clients see them; without it proofs of possession are refused
	Refused  func(*Refusal) // may be nil; for the service's own log: the caller is told no more than 401 or 503
}

type verifiedKey struct{}

// VerifiedOf gives what was verified of a request that passed a guard, and panics for every other.
func VerifiedOf(ctx context.Context) *Verified {
	return ctx.Value(verifiedKey{}).(*Verified)
}

// Protect gives a handler that serves tokens which were issued, and no others.
func (g Guard) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
		if found == nil || len(r.Header.Values("Authorization")) > 1 {
			w.Header().Set("WWW-Authenticate", g.challenge(g.Expect.Binding == BindingRequired, ""))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		isDPoP := strings.EqualFold(found[1], "DPoP")
		verified, err := g.Verifier.VerifyRequest(r.Context(), found[2], g.Expect, g.request(r, isDPoP))
		var refusal *Refusal
		switch {
		case err == nil:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), verifiedKey{}, verified)))
			return
		case !errors.As(err, &refusal):
			http.Error(w, "failed", http.StatusInternalServerError)
			return
		case g.Refused != nil:
			g.Refused(refusal)
		}
		if slices.Contains(undecided, refusal.Code) {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("WWW-Authenticate", g.challenge(isDPoP, `, error="invalid_token"`))
		w.WriteHeader(http.StatusUnauthorized)
	})
}

func (g Guard) request(r *http.Request, isDPoP bool) Request {
	request := Request{Method: r.Method, Proof: strings.Join(r.Header.Values("Counterfoil-Proof"), ","), Resource: r.URL.Path}
	request.ClientAddress, _, _ = net.SplitHostPort(r.RemoteAddr)
	// A target in another form than a path could add to the origin's host.
	if target := r.URL.RequestURI(); g.Origin != "" && strings.HasPrefix(target, "/") {
		request.URL = g.Origin + target
	}
	if isDPoP { // of two proofs none counts
		request.DPoP = strings.Join(r.Header.Values("DPoP"), ",")
	}
	// That the client holds its key is what the handshake showed.
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		thumbprint := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
		request.Certificate = encodeURL(thumbprint[:])
	}
	return request
}

// challenge is that of RFC 6750 3 and RFC 9449 7.1.
func (g Guard) challenge(isDPoP bool, fault string) string {
	if isDPoP {
		return fmt.Sprintf(`DPoP algs="%s"%s`, dpopAlgorithms, fault)
	}
	return fmt.Sprintf(`Bearer realm="%s"%s`, g.Expect.Audience, fault)
}
