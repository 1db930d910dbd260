package dev.counterfoil.assess.finding;

import static dev.counterfoil.assess.finding.Severity.CRITICAL;
import static dev.counterfoil.assess.finding.Severity.HIGH;
import static dev.counterfoil.assess.finding.Severity.INFO;
import static dev.counterfoil.assess.finding.Severity.LOW;
import static dev.counterfoil.assess.finding.Severity.MEDIUM;

/** What key sets (RFC 7517), their certificates, their cache headers and their history can show. */
public enum KeyFinding implements FindingKind {
  PRIVATE_KEY_PUBLISHED(
      CRITICAL,
      "A private key is published",
      "A published key set holds public parameters only (RFC 7517 section 9.2); everyone who read this one can sign.",
      "Withdraw the key now, everywhere; make new keys in a place that cannot export them; treat every token signed with it as suspect."),
  SYMMETRIC_KEY_PUBLISHED(
      CRITICAL,
      "A symmetric key is published",
      "A symmetric key signs and verifies alike: publishing it gives the right to sign to every reader (RFC 7517 section 9.2).",
      "Withdraw the key now; use asymmetric keys."),
  KNOWN_KEY_PUBLISHED(
      CRITICAL,
      "A key whose private half is public knowledge is in use",
      "Sample keys from documentation and packages are known to everyone.",
      "Generate keys of your own; withdraw this one now."),
  RSA_SHARED_FACTOR(
      CRITICAL,
      "Two RSA keys share a prime",
      "Keys that share a prime are factored by one division: both private keys can be computed from what is published.",
      "Withdraw both keys now and repair the random numbers of the machine that made them."),
  RSA_ROCA(
      CRITICAL,
      "An RSA key carries the mark of a broken generator (ROCA)",
      "Keys made by the flawed Infineon library can be factored (CVE-2017-15361).",
      "Withdraw the key; make a new one with another library or device."),
  RSA_FACTORED(
      CRITICAL,
      "An RSA key can be factored by hand",
      "A modulus with a small prime factor, or with two factors next to each other (CVE-2022-26320), gives its private key to everyone who looks.",
      "Withdraw the key now and repair what made it."),
  RSA_EXPONENT_BROKEN(
      CRITICAL,
      "An RSA key has a public exponent that is none",
      "With the exponent 1 everyone can sign; an even one is not an RSA key (RFC 8017 section 3.1).",
      "Withdraw the key now; make the next one with exponent 65537."),
  KEY_OF_NOBODY(
      CRITICAL,
      "Anyone can sign under a key, without a private key",
      "An Ed25519 key that is a point of small order or not the encoding of a point, or an ML-DSA key that is close to zero, accepts signatures that no key made. A buffer of zeros that was exported as a key is one.",
      "Withdraw the key now, everywhere; treat every token signed with it as forged; repair the export."),
  RSA_TOO_SHORT(
      HIGH,
      "An RSA key is shorter than 2048 bits",
      "RS256 and its like need 2048 bits or more (RFC 7518 section 3.3).",
      "Replace the key; withdraw it."),
  RSA_EXPONENT_UNUSUAL(
      LOW,
      "An RSA key has an unusual public exponent",
      "65537 is the usual exponent; smaller exponents leave no room for a verifier's mistake with padding (FIPS 186-5 asks for more than 2^16).",
      "Make the next key with exponent 65537."),
  CURVE_UNUSUAL(
      LOW,
      "A key is on a curve that few libraries support",
      "P-256, P-384, P-521, Ed25519 and Ed448 are the field's curves (RFC 7518 section 3.4, RFC 8037).",
      "Use P-256 or Ed25519."),
  KEY_UNREADABLE(
      MEDIUM,
      "An entry of the key set cannot be used",
      "Each entry is a key that verifiers can load (RFC 7517 section 4); some libraries drop the whole set for one bad entry.",
      "Repair or remove the entry."),
  KEY_TYPE_UNKNOWN(
      INFO,
      "An entry has a key type that was not assessed",
      "Readers skip key types that they do not know (RFC 7517 section 5).",
      "Nothing, if it is meant so."),
  JWKS_UNREACHABLE(
      HIGH,
      "A key set cannot be fetched",
      "Services that cannot fetch keys either fail or continue with old ones.",
      "Serve the key set at its address without conditions."),
  JWKS_UNREADABLE(
      HIGH,
      "A key set is not unambiguous JSON with a list of keys",
      "A key set is a JSON object with the member keys (RFC 7517 section 5) and no repeated members.",
      "Repair the document."),
  JWKS_EMPTY(
      HIGH,
      "A key set holds no signing key",
      "Without a public key services cannot check anything.",
      "Publish the active and the next signing key."),
  JWKS_CUT(
      MEDIUM,
      "A key set holds more keys than were read",
      "Verifiers bound what they read; so does this assessment.",
      "Withdraw keys that no live token needs."),
  KEYS_MANY(
      MEDIUM,
      "Many signing keys are trusted at once",
      "Each trusted key is one more that can be stolen. The previous, the active and the next key are enough; eight were trusted at once in the 2023 breach.",
      "Withdraw every key whose last token has expired."),
  KEY_SINGLE(
      MEDIUM,
      "The next signing key is not published ahead",
      "A key is published before it signs, so that rotation cannot break a client (NIST SP 800-57 pre-active state). Fear of an outage is why rotation stopped before the 2023 breach.",
      "Publish the next key at least one cache lifetime before it signs; let this run by itself. One that does so may show a single key for most of the time: look again shortly before its end."),
  KID_MISSING(
      MEDIUM,
      "A key has no kid",
      "kid selects the key of a token (RFC 7517 section 4.5); without it verifiers try every key, and keys cannot be told apart in logs.",
      "Give every key a kid, preferably its thumbprint (RFC 7638)."),
  KID_DUPLICATE(
      HIGH,
      "Two different keys have the same kid",
      "Keys in one set have distinct kids (RFC 7517 section 4.5); which of the two a verifier takes is chance.",
      "Give every key a kid of its own."),
  KID_REUSED(
      HIGH,
      "A kid now refers to other key material than before",
      "A name that changes its meaning defeats caches and investigation alike: verifiers keep the old key, and logs no longer say which one signed.",
      "Use the thumbprint (RFC 7638) as kid: it cannot be reused."),
  KID_NOT_THUMBPRINT(
      INFO,
      "A kid is not the key's thumbprint",
      "A kid that is the RFC 7638 thumbprint is bound to the key material and can be checked by anyone.",
      "Use thumbprints for the next keys."),
  KEY_PURPOSE_OPEN(
      LOW,
      "A key does not say what it is for",
      "Each key names its use and its algorithm, and is used with that one only (RFC 7517 sections 4.2 and 4.4, RFC 8725 section 3.1).",
      "Publish use and alg with every key."),
  X5C_UNREADABLE(
      LOW,
      "A published certificate cannot be read",
      "x5c holds DER certificates in standard base64 (RFC 7517 section 4.7).",
      "Repair or leave out x5c."),
  X5C_KEY_MISMATCH(
      HIGH,
      "A published certificate belongs to another key",
      "The first certificate of x5c holds the key itself (RFC 7517 section 4.7): verifiers that read one or the other trust two different keys.",
      "Find out which key is yours; withdraw the entry and publish a right one."),
  X5T_MISMATCH(
      MEDIUM,
      "A certificate thumbprint does not fit its certificate",
      "x5t and x5t#S256 are hashes of the first certificate (RFC 7517 sections 4.8 and 4.9).",
      "Publish the right hash or none."),
  CERTIFICATE_SELF_SIGNED(
      INFO,
      "A key's certificate is signed by the key itself",
      "Such a certificate proves nothing about the owner; its dates still state how long the key was meant to live.",
      "Nothing by itself: make sure that the dates are enforced."),
  CERTIFICATE_EXPIRED(
      CRITICAL,
      "A key is trusted after its certificate ended",
      "A key's end is enforced by every verifier, not only by its owner. The key of the 2023 breach was used 771 days after its certificate had expired (CSRB; recommendations 6 and 13).",
      "Withdraw the key from the key set today; find out why nothing did so on the day it ended; alarm on key age."),
  CERTIFICATE_NOT_YET_VALID(
      MEDIUM,
      "A key is published with a certificate whose time has not begun",
      "Fine for a next key that does not sign yet; verifiers that check the dates refuse its tokens.",
      "Make sure that it does not sign before that time."),
  CERTIFICATE_TOO_LONG(
      MEDIUM,
      "A certificate lets its key live longer than any key should",
      "Keys have a set end that fits what they protect: reported draft figures of NIST IR 8587 are 14 days for many tenants, 90 days for one tenant's own key, 365 days for one organisation.",
      "Issue certificates that end when the key's use does, and rotate by themselves."),
  KEY_PAST_ITS_END(
      CRITICAL,
      "A key is published after the end that its owner gave it",
      "The exp member of a published key says when it must no longer be used (OpenID Federation 1.0, historical keys).",
      "Withdraw the key; let the program that rotates it do so."),
  KEY_TOO_OLD(
      HIGH,
      "A signing key is older than its kind should become",
      "Signing keys rotate by themselves, within 14 days where many tenants share them, 90 days for one tenant's own, 365 days in one organisation (draft of NIST IR 8587 as reported; CSRB recommendation 6).",
      "Rotate now, then automatically; alarm at 80 % of the age."),
  KEY_NEARLY_TOO_OLD(
      LOW,
      "A signing key is about to become too old",
      "An alarm on key age that does not depend on the rotation would have prevented the 2023 breach (CSRB).",
      "Check that the next key is published and will take over in time."),
  KEY_AGE_UNKNOWN(
      INFO,
      "The age of a key is unknown",
      "An operator must be able to see that keys change (CSRB: no control alerted on ageing keys).",
      "Keep an observations file and assess every day: first-seen times then show the age."),
  KEY_SET_SHARED(
      CRITICAL,
      "Two issuers share signing keys",
      "One key vouches for one issuer (CSRB recommendation 13 on key scope; RFC 8725 section 3.8). In the 2023 breach a consumer key opened enterprise mailboxes because both were served from one place.",
      "Give each issuer keys and a key set of its own, and move services to theirs."),
  KEY_SCOPE_UNSTATED(
      HIGH,
      "Keys of several issuers are in one set and do not state their issuer",
      "Where sets are merged, only a member such as issuer at each key lets a service check that the key may sign for the token's issuer; none is published here.",
      "Separate the sets. Until then publish issuer at each key and make every service compare it with the token's iss."),
  KEY_OF_OTHER_ISSUER(
      HIGH,
      "An issuer's key set holds keys that are meant for another issuer",
      "A service that checks the signature only will accept the other issuer's tokens (CSRB recommendation 13 on key scope).",
      "Move these keys to a set of their own."),
  DEPLOYED_SET_MERGED(
      HIGH,
      "A service trusts one key set that holds the keys of several issuers",
      "A service that merges sets can no longer tell whose token it accepts unless it also checks key and issuer together.",
      "Load one set for each issuer, and choose it by the issuer before the signature is checked."),
  DEPLOYED_KEY_WITHDRAWN(
      HIGH,
      "A service trusts a key that no issuer publishes any more",
      "Retired is not trusted: a key that left the issuer's set must leave every service too (NIST SP 800-57 deactivated state).",
      "Make the service fetch the issuer's set instead of keeping a copy."),
  CACHE_UNSTATED(
      MEDIUM,
      "The key set does not state how long it may be cached",
      "Without Cache-Control each service guesses, and it is unknown when a withdrawn key is gone or a new one known (RFC 9111 section 4.2.2).",
      "Send Cache-Control: max-age of some minutes, shorter than the time between publishing a key and signing with it."),
  CACHE_REFUSED(
      LOW,
      "The key set forbids caching",
      "A set that may be cached for some minutes carries services through a short outage; when caching is forbidden they fetch for every token, or ignore the header and choose a time themselves.",
      "Send Cache-Control: max-age of some minutes. An issuer of today may forbid it until all of its keys are stated: look again in an hour."),
  CACHE_TOO_LONG(
      MEDIUM,
      "The key set may be cached for longer than a day",
      "A withdrawn key stays trusted for as long as caches may keep it: in an emergency that is the time to the last refusal.",
      "Send max-age of some minutes."),
  CACHE_STALE(
      LOW,
      "A proxy serves the key set beyond its age",
      "The Age of an answer stays below its max-age (RFC 9111 section 4.2).",
      "Find the proxy and make it respect max-age."),
  CACHE_VALIDATOR_MISSING(
      INFO,
      "The key set has no ETag and no Last-Modified",
      "With a validator services can ask often and cheaply whether keys changed (RFC 9110 section 8.8).",
      "Send an ETag."),
  KEY_USED_AT_ONCE(
      HIGH,
      "A key signs before caches can know it",
      "A key is published for at least one cache lifetime before it signs; else services refuse good tokens after each rotation.",
      "Publish first, sign later.");

  // A record of texts: immutable, though it does not carry Error Prone's annotation.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Wording wording;

  KeyFinding(Severity severity, String title, String requirement, String whatToDo) {
    this.wording = new Wording(severity, title, requirement, whatToDo);
  }

  @Override
  public Wording wording() {
    return wording;
  }
}
