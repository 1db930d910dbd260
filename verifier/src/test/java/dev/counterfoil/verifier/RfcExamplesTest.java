package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What the RFCs print, of the algorithms that are supported. */
class RfcExamplesTest {
  /**
   * RFC 7515 A.3, in which s is in the upper half: allowed there, and never made by our signers.
   */
  private static final String ES256 =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
          + "9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJ"
          + "qPP3-Kg6NU1Q";

  private static final String ES256_KEY =
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
          + "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";

  /** RFC 7520 4.1 with the key of 3.3. */
  private static final String RS256 =
      "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3V"
          + "zIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHl"
          + "vdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9"
          + "mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp8"
          + "3xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6"
          + "x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI"
          + "-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";

  private static final String RS256_KEY =
      "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV"
          + "2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig"
          + "3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0"
          + "FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw\"}";

  /** RFC 9449 7.1. */
  private static final String PROOF =
      "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklD"
          + "UkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2"
          + "R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM"
          + "6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8"
          + "ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1ple"
          + "mAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";

  private static final String TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
  private static final String THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
  private static final URI RESOURCE = URI.create("https://resource.example.org/protectedresource");
  private static final Instant PROVED = Instant.ofEpochSecond(1562262618);

  private static boolean isGood(String jwk, String jws) throws Exception {
    SignatureCheck check = SignatureCheck.best();
    JsonObject json = StrictJson.object(jwk.getBytes(StandardCharsets.US_ASCII), 4096);
    int end = jws.lastIndexOf('.');
    return check
        .foreignRefusal(
            check.key(PublicJwk.read(json)),
            jws.substring(0, end).getBytes(StandardCharsets.US_ASCII),
            Base64Url.decode(jws.substring(end + 1)))
        .isEmpty();
  }

  /** A letter in the middle of the payload is another. */
  private static String changed(String jws) {
    int at = jws.indexOf('.') + 20;
    return jws.substring(0, at) + (jws.charAt(at) == 'A' ? 'B' : 'A') + jws.substring(at + 1);
  }

  @Test
  void theExampleOfRfc7515ForEs256IsGood() throws Exception {
    assertThat(isGood(ES256_KEY, ES256)).isTrue();
    assertThat(isGood(ES256_KEY, changed(ES256))).isFalse();
  }

  @Test
  void theExampleOfRfc7520ForRs256IsGood() throws Exception {
    assertThat(isGood(RS256_KEY, RS256)).isTrue();
    assertThat(isGood(RS256_KEY, changed(RS256))).isFalse();
  }

  @Test
  void theProofOfRfc9449IsGoodForItsTokenAndRequestAndForNoOther() {
    assertThat(check("GET", RESOURCE, TOKEN, THUMBPRINT, PROVED))
        .isEqualTo(new DpopProof.Bound(THUMBPRINT));
    assertThat(check("POST", RESOURCE, TOKEN, THUMBPRINT, PROVED))
        .isInstanceOf(DpopProof.Rejected.class);
    assertThat(check("GET", RESOURCE.resolve("/other"), TOKEN, THUMBPRINT, PROVED))
        .isInstanceOf(DpopProof.Rejected.class);
    assertThat(check("GET", RESOURCE, TOKEN + "x", THUMBPRINT, PROVED))
        .isInstanceOf(DpopProof.Rejected.class);
    assertThat(check("GET", RESOURCE, TOKEN, THUMBPRINT.toLowerCase(java.util.Locale.ROOT), PROVED))
        .isInstanceOf(DpopProof.Rejected.class);
    assertThat(check("GET", RESOURCE, TOKEN, THUMBPRINT, PROVED.plusSeconds(61)))
        .isInstanceOf(DpopProof.Rejected.class);
  }

  private static DpopProof.Outcome check(
      String method, URI uri, String token, String thumbprint, Instant now) {
    DpopProof check = new DpopProof(Duration.ofSeconds(60), 100, PROVED.minusSeconds(100));
    return check.check(PROOF, method, uri, token, thumbprint, now);
  }
}
