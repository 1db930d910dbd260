package dev.counterfoil.verifier;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.verifier.TokenCases.Case;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Of {@link TokenCases} those that were once attacks on somebody's library, by the list of RFC 8725
 * and beyond it.
 */
final class AttackCases {
  private final TestIssuer issuer;
  private final TestKeys.Es256 key;
  private final List<Case> cases;

  AttackCases(TestIssuer issuer, TestKeys.Es256 key, List<Case> cases) {
    this.issuer = issuer;
    this.key = key;
    this.cases = cases;
  }

  void add() {
    spellings();
    algorithms();
    keysInside();
    keyNames();
    types();
    json();
    caseGames();
    claims();
    signatures();
    places();
    bindings();
  }

  private void refused(String name, RefusalCode code, String comment, String token) {
    cases.add(new Case(name, comment, code.text(), token, TokenCases.MAIL));
  }

  private void malformed(String name, String comment, String token) {
    refused(name, RefusalCode.MALFORMED, comment, token);
  }

  private void good(String name, String comment, String token) {
    cases.add(new Case(name, comment, TokenCases.VERIFIED, token, TokenCases.MAIL));
  }

  private TokenDraft draft() {
    return issuer.draft(key);
  }

  private String issued(TokenDraft draft) {
    return issuer.issue(draft, key);
  }

  private String raw(String header, String claims) {
    return rawInput(TokenDraft.encoded(header) + "." + TokenDraft.encoded(claims));
  }

  /** Recorded and signed as it is. */
  private String rawInput(String signingInput) {
    issuer.log("s1g1").append(Leaf.of(signingInput.getBytes(StandardCharsets.US_ASCII)));
    return TokenDraft.signed(signingInput, key);
  }

  /** The claims with a member in front. */
  private String with(String member) {
    return raw(draft().headerText(), "{" + member + "," + draft().claimsText().substring(1));
  }

  private String withHeader(String member) {
    return raw("{" + member + "," + draft().headerText().substring(1), draft().claimsText());
  }

  private void spellings() {
    String token = issued(draft());
    String[] parts = token.split("\\.", -1);
    malformed("dot-in-front", "a dot in front", "." + token);
    malformed("dot-behind", "a dot behind", token + ".");
    malformed("tab", "a tab behind", token + "\t");
    malformed("carriage-return", "the end of an HTTP line", token + "\r\n");
    malformed("zero-width", "a space that nobody sees", token + "\u200b");
    malformed("percent", "padding as URLs write it", token + "%3D%3D");
    malformed("lower-case", "in lower case", token.toLowerCase(java.util.Locale.ROOT));
    malformed("quotes", "as a JSON text", "\"" + token + "\"");
    malformed("two-tokens", "two in one header", token + "," + token);
    malformed("padding-header", "padding behind the header", padded(parts, 0));
    malformed("padding-payload", "padding behind the payload", padded(parts, 1));
    // An encoding of a length that leaves bits unused, with one of them set: signed as it stands.
    malformed(
        "stray-bits-header",
        "a second spelling of the header, recorded and signed so",
        rawInput(stray(draft().headerText()) + "." + TokenDraft.encoded(draft().claimsText())));
    malformed(
        "stray-bits-payload",
        "a second spelling of the claims, recorded and signed so",
        rawInput(TokenDraft.encoded(draft().headerText()) + "." + stray(draft().claimsText())));
    malformed(
        "detached", "a payload that is sent elsewhere (RFC 7515 F)", parts[0] + ".." + parts[2]);
    malformed(
        "nested",
        "a token in the place of claims (RFC 8725 3.3)",
        rawInput(
            TokenDraft.encoded(draft().headerText())
                + "."
                + Base64Url.encode(token.getBytes(StandardCharsets.US_ASCII))));
  }

  private static String padded(String[] parts, int which) {
    String[] all = parts.clone();
    all[which] += "=";
    return String.join(".", all);
  }

  private static String stray(String json) {
    String text = json;
    while (text.length() % 3 != 1) {
      text += " ";
    }
    String encoded = TokenDraft.encoded(text);
    char last = encoded.charAt(encoded.length() - 1);
    return encoded.substring(0, encoded.length() - 1) + (char) (last + 1);
  }

  private void algorithms() {
    for (String name :
        List.of("ES256 ", "ESP256", "HS256", "HS512", "ES512", "Ed25519", "RSA1_5", "dir")) {
      refused(
          "alg-is-" + name.strip() + (name.endsWith(" ") ? "-space" : ""),
          RefusalCode.ALGORITHM,
          "an algorithm that is not supported, under a good ES256 signature",
          issued(draft().header("alg", name)));
    }
    refused(
        "alg-is-pbes2",
        RefusalCode.ALGORITHM,
        "an encryption under a password",
        issued(draft().header("alg", "PBES2-HS256+A128KW")));
    malformed(
        "pbes2-count",
        "a password's iterations without end",
        issued(draft().header("alg", "PBES2-HS256+A128KW").header("p2c", 2_000_000_000)));
    malformed("enc", "says that it is encrypted", issued(draft().header("enc", "A128GCM")));
    malformed(
        "alg-array", "algorithms to choose from", issued(draft().header("alg", List.of("ES256"))));
    malformed("alg-null", "no algorithm", withoutAlg("null"));
    malformed("alg-number", "an algorithm's number", withoutAlg("-7"));
    malformed("alg-last-wins", "none first, then ES256", withHeader("\"alg\":\"none\""));
    malformed(
        "alg-escaped-twice", "alg once more, in escapes", withHeader("\"\\u0061lg\":\"none\""));
  }

  private String withoutAlg(String value) {
    String header = draft().headerText().replace("\"alg\":\"ES256\"", "\"alg\":" + value);
    return raw(header, draft().claimsText());
  }

  private void keysInside() {
    TestKeys.Es256 own = new TestKeys.Es256(new SeededRandom("attacker"));
    malformed(
        "jwk-own",
        "the attacker's key inside the token that it signs (CVE-2018-0114)",
        draft().header("jwk", own.jwk().toJson()).signed(own));
    malformed(
        "jwk-own-kid",
        "the same, named by its thumbprint",
        draft().header("kid", own.kid()).header("jwk", own.jwk().toJson()).signed(own));
    malformed("x5t", "a certificate's thumbprint", issued(draft().header("x5t", "AAAA")));
    malformed("x5t-s256", "a certificate's thumbprint", issued(draft().header("x5t#S256", "AAAA")));
    malformed(
        "crit-empty", "RFC 7515 4.1.11: not empty", issued(draft().header("crit", List.of())));
    malformed(
        "crit-b64",
        "RFC 7797, and says so",
        issued(draft().header("b64", false).header("crit", List.of("b64"))));
    malformed("b64-true", "RFC 7797 as without it", issued(draft().header("b64", true)));
    malformed(
        "nonce", "a member of no consequence to others", issued(draft().header("nonce", "n")));
  }

  private void keyNames() {
    String own = key.kid();
    for (String[] one :
        new String[][] {
          {"sql", "x' UNION SELECT 'key';--", "a query for a kid"},
          {"command", "key|/usr/bin/touch x", "a command for a kid"},
          {"url", "https://evil.example/key", "a URL for a kid"},
          {"null-character", own + "\0", "its key's name and a NUL"},
          {"space", own + " ", "its key's name and a space"},
          {"padded", own + "=", "its key's name with padding"},
          {"case", own.toUpperCase(java.util.Locale.ROOT), "its key's name in capitals"},
          {"prototype", "__proto__", "a name that objects of JavaScript have"},
          {"long", "k".repeat(8000), "a name of 8,000 letters"}
        }) {
      refused(
          "kid-is-" + one[0],
          RefusalCode.KEY_UNKNOWN,
          one[2],
          issued(draft().header("kid", one[1])));
    }
    malformed("kid-array", "keys to choose from", issued(draft().header("kid", List.of(own))));
    malformed("kid-twice", "two keys", withHeader("\"kid\":\"" + own + "\""));
  }

  private void types() {
    for (String[] one :
        new String[][] {
          {"application", "application/at+jwt", "the long spelling of RFC 9068 4: one is enough"},
          {"jwt", "JWT", "no type of its own (RFC 8725 3.11)"},
          {"dpop", "dpop+jwt", "a DPoP proof's"},
          {"secevent", "secevent+jwt", "a security event's"},
          {"empty", "", "an empty one"},
          {"space", "at+jwt ", "with a space"}
        }) {
      refused(
          "typ-is-" + one[0],
          RefusalCode.KEY_SCOPE_TYPE,
          one[2],
          issued(draft().header("typ", one[1])));
    }
    malformed(
        "typ-array", "types to choose from", issued(draft().header("typ", List.of("at+jwt"))));
  }

  private void json() {
    good(
        "surrogate-pair",
        "a character of two halves, in escapes",
        with("\"t\":\"\\ud83d\\ude00\""));
    malformed("low-surrogate", "the second half alone", with("\"t\":\"\\ude00\""));
    malformed(
        "surrogates-swapped", "the halves in the wrong order", with("\"t\":\"\\ude00\\ud83d\""));
    malformed("surrogate-in-name", "half a character in a name", with("\"\\ud800\":1"));
    String claims = draft().claimsText();
    malformed("surrogate-utf-8", "half a character in UTF-8", bytes(claims, 0xed, 0xa0, 0x80));
    malformed("utf-8-cut", "a character that does not end", bytes(claims, 0xe2, 0x82, 'x'));
    malformed("utf-8-beyond", "a character past the last", bytes(claims, 0xf4, 0x90, 0x80));
    malformed(
        "utf-16",
        "claims in UTF-16",
        rawInput(
            TokenDraft.encoded(draft().headerText())
                + "."
                + Base64Url.encode(draft().claimsText().getBytes(StandardCharsets.UTF_16BE))));
    malformed("control-character", "a line break in a text", with("\"t\":\"a\nb\""));
    malformed("escape-unknown", "an escape that JSON has not", with("\"t\":\"\\x41\""));
    malformed("number-hex", "a number in base 16", with("\"n\":0x10"));
    malformed("number-plus", "a plus sign", with("\"n\":+1"));
    malformed("number-point", "a point in front", with("\"n\":.5"));
    malformed("number-open", "a point behind", with("\"n\":1."));
    malformed("name-bare", "a name without quotes", with("n:1"));
    malformed(
        "null-behind", "a NUL behind", raw(draft().headerText(), draft().claimsText() + "\0"));
    malformed("comma-in-front", "a comma in front", with(""));
    malformed("literal-case", "a literal in capitals", with("\"b\":True"));
    malformed("header-array", "an array for a header", raw("[]", draft().claimsText()));
    malformed("header-null", "null for a header", raw("null", draft().claimsText()));
    malformed("claims-null", "null for claims", raw(draft().headerText(), "null"));
    malformed("claims-number", "a number for claims", raw(draft().headerText(), "1"));
    malformed(
        "array-nested-twice", "a member twice, in an array", with("\"o\":[{\"a\":1,\"a\":1}]"));
  }

  /** Three bytes in the place of three letters of a text. */
  private String bytes(String claims, int... three) {
    byte[] changed = claims.getBytes(StandardCharsets.UTF_8);
    int at = claims.indexOf("alice");
    for (int i = 0; i < three.length; i++) {
      changed[at + i] = (byte) three[i];
    }
    return rawInput(TokenDraft.encoded(draft().headerText()) + "." + Base64Url.encode(changed));
  }

  private void caseGames() {
    good(
        "tenant-capitals-beside",
        "a second tenant in capitals says nothing",
        with("\"TENANT\":\"globex\""));
    good("exp-capitals-beside", "an end in the past in capitals says nothing", with("\"Exp\":1"));
    malformed("exp-capitals", "the end in capitals only", renamed("exp", "Exp"));
    malformed("tenant-capitals", "the tenant in capitals only", renamed("tenant", "Tenant"));
    malformed("iss-capitals", "the issuer in capitals only", renamed("iss", "ISS"));
    good(
        "prototype",
        "a claim with the name of what JavaScript inherits from says nothing",
        with("\"__proto__\":{\"tenant\":\"globex\"}"));
    malformed(
        "prototype-tenant",
        "a tenant by inheritance only",
        raw(
            draft().headerText(),
            "{\"__proto__\":{\"tenant\":\"acme\"},"
                + draft().without("tenant").claimsText().substring(1)));
  }

  private String renamed(String from, String to) {
    return raw(
        draft().headerText(), draft().claimsText().replace("\"" + from + "\":", "\"" + to + "\":"));
  }

  private void claims() {
    for (String name : List.of("iss", "sub", "client_id", "tenant", "jti")) {
      malformed(
          name.replace('_', '-') + "-number",
          "no text for " + name,
          issued(draft().claim(name, 7)));
      malformed(name.replace('_', '-') + "-null", "null for " + name, valued(name, "null"));
    }
    for (String name : List.of("iat", "exp")) {
      malformed(name + "-null", "null for " + name, valued(name, "null"));
      malformed(name + "-true", "true for " + name, issued(draft().claim(name, true)));
      malformed(name + "-exponent", "a time with an exponent", valued(name, "4e9"));
      malformed(name + "-array", "times to choose from", issued(draft().claim(name, List.of(1))));
    }
    malformed(
        "aud-nested", "audiences in audiences", valued("aud", "[[\"https://mail.example\"]]"));
    malformed(
        "aud-object", "an object for audiences", valued("aud", "{\"https://mail.example\":1}"));
    malformed(
        "aud-among-null", "null among audiences", valued("aud", "[\"https://mail.example\",null]"));
    refused(
        "aud-part",
        RefusalCode.KEY_SCOPE_AUDIENCE,
        "an audience that begins like one",
        issued(draft().claim("aud", "https://mail.example.evil.example")));
    refused(
        "iss-part",
        RefusalCode.ISSUER,
        "an issuer that begins like one",
        issued(draft().claim("iss", issuer.issuer() + ".evil.example")));
    refused("iss-empty", RefusalCode.ISSUER, "an empty issuer", issued(draft().claim("iss", "")));
    malformed("scope-array", "scopes in an array", issued(draft().claim("scope", List.of("a"))));
    malformed("nbf-huge", "a time that overflows", issued(draft().claim("nbf", Long.MAX_VALUE)));
  }

  private String valued(String name, String json) {
    String claims = draft().claimsText();
    String changed =
        claims.replaceFirst("\"" + name + "\":(\"[^\"]*\"|\\d+)", "\"" + name + "\":" + json);
    return raw(draft().headerText(), changed);
  }

  private void signatures() {
    String token = issued(draft());
    String input = token.substring(0, token.lastIndexOf('.'));
    byte[] honest = java.util.Base64.getUrlDecoder().decode(token.substring(input.length() + 1));
    byte[] order = Arrays.copyOfRange(TestKeys.P256_ORDER.toByteArray(), 1, 33);
    byte[] zero = new byte[32];
    byte[] r = Arrays.copyOf(honest, 32);
    byte[] s = Arrays.copyOfRange(honest, 32, 64);
    for (Object[] one :
        new Object[][] {
          {"r-zero", "r is zero (CVE-2022-21449)", zero, s},
          {"s-zero", "s is zero (CVE-2022-21449)", r, zero},
          {"both-order", "r and s are the group's order (CVE-2022-21449)", order, order},
          {"r-zero-s-order", "one zero, one the order", zero, order},
          {"swapped", "r and s change places", s, r}
        }) {
      byte[] both = Arrays.copyOf((byte[]) one[2], 64);
      System.arraycopy((byte[]) one[3], 0, both, 32, 32);
      refused(
          "signature-" + one[0],
          RefusalCode.SIGNATURE,
          (String) one[1],
          input + "." + Base64Url.encode(both));
    }
    byte[] claims =
        java.util.Base64.getUrlDecoder().decode(input.substring(input.indexOf('.') + 1));
    refused(
        "signature-of-claims",
        RefusalCode.SIGNATURE,
        "the claims alone are signed",
        input + "." + Base64Url.encode(key.signature(claims)));
    refused(
        "signature-of-digest",
        RefusalCode.SIGNATURE,
        "the digest is signed, and so hashed twice",
        input
            + "."
            + Base64Url.encode(
                key.signature(Hash.sha256(input.getBytes(StandardCharsets.US_ASCII)).bytes())));
  }

  private void places() {
    String honest = issued(draft());
    String jti = jti(honest);
    refused(
        "jti-copied",
        RefusalCode.NEVER_ISSUED,
        "the identifier of an honest token, for somebody else",
        draft().claim("sub", "mallory").claim("jti", jti).signed(key));
    refused(
        "jti-copied-longer",
        RefusalCode.NEVER_ISSUED,
        "an honest token with a longer life",
        draft()
            .claim("jti", jti)
            .times(TokenCases.NOW, TokenCases.NOW.plusSeconds(3000))
            .signed(key));
    String commitment = jti.substring(jti.lastIndexOf('.') + 1);
    for (String[] one :
        new String[][] {
          {"limit", "s1g1.1000000000000000." + commitment, "a position past the last"},
          {"overflow", "s1g1.18446744073709551616." + commitment, "a position past 64 bits"},
          {"plus", "s1g1.+1." + commitment, "a position with a sign"},
          {"space", "s1g1. 1." + commitment, "a position with a space"},
          {"hex", "s1g1.0x1." + commitment, "a position in base 16"},
          {"digits", "s1g1.\u0661." + commitment, "a position in other digits"},
          {"capitals", "S1G1.1." + commitment, "a log in capitals"},
          {"short", "s1g1.1." + commitment.substring(1), "a commitment that is too short"},
          {"padded", "s1g1.1." + commitment + "=", "a commitment with padding"},
          {"longer", "s1g1.1." + commitment + ".1", "a fourth part"},
          {"empty", "", "nothing"},
          {"line-break", jti + "\n", "a line break behind"}
        }) {
      refused(
          "jti-is-" + one[0], RefusalCode.TOKEN_ID, one[2], issued(draft().claim("jti", one[1])));
    }
    refused(
        "wrong-log-unknown",
        RefusalCode.WRONG_LOG,
        "a log that nobody stated",
        issued(draft().claim("jti", "s9g9.1." + commitment)));
  }

  private static String jti(String token) {
    String claims =
        new String(
            java.util.Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]),
            StandardCharsets.UTF_8);
    int from = claims.indexOf("\"jti\":\"") + 7;
    return claims.substring(from, claims.indexOf('"', from));
  }

  private void bindings() {
    JsonObject none = JsonObject.builder().build();
    JsonObject jwk = JsonObject.builder().put("jwk", key.jwk().toJson()).build();
    JsonObject named = JsonObject.builder().put("kid", "client").build();
    for (Object[] one :
        new Object[][] {
          {"cnf-empty", none, "a binding to nothing"},
          {"cnf-jwk", jwk, "a binding to a whole key (RFC 7800 3.2)"},
          {"cnf-kid", named, "a binding to a key's name (RFC 7800 3.4)"}
        }) {
      refused(
          (String) one[0],
          RefusalCode.BINDING_MISSING,
          (String) one[2],
          issued(draft().claim("cnf", one[1])));
    }
    malformed("cnf-null", "null for a binding", with("\"cnf\":null"));
    malformed("cnf-array", "bindings to choose from", with("\"cnf\":[]"));
  }
}
