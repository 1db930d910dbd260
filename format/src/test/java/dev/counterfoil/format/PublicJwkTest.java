package dev.counterfoil.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PublicJwkTest {
  /** RFC 8037 A.2 and A.3: key and thumbprint. */
  private static final String ED25519 =
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";

  /** RFC 7517 A.1's EC key. */
  private static final String P256 =
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}";

  private static PublicJwk parse(String json) throws FormatException {
    return PublicJwk.parse(StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 2_000));
  }

  @Test
  void theThumbprintIsTheRfcs() throws Exception {
    assertThat(parse(ED25519).thumbprint())
        .isEqualTo("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assertThat(parse(P256).thumbprint()).isEqualTo("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
  }

  @Test
  void keysAreReadBack() throws Exception {
    for (String json : new String[] {ED25519, P256}) {
      PublicJwk key = parse(json);
      assertThat(PublicJwk.parse(key.toJson())).isEqualTo(key);
      assertThat(key.javaKey()).isNotNull();
    }
  }

  @Test
  void aPointOffTheCurveIsRefused() {
    // RFC 8725 3.4: an invalid curve attack begins with a point that nobody checked.
    for (String change : new String[] {"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyA"}) {
      String json = P256.replace("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", change);
      assertThatThrownBy(() -> parse(json)).isInstanceOf(FormatException.class);
    }
    String zero = "A".repeat(43);
    String ones = "_".repeat(42) + "8";
    for (String coordinate : new String[] {zero, ones}) {
      assertThatThrownBy(
              () ->
                  parse(
                      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""
                          + coordinate
                          + "\",\"y\":\""
                          + coordinate
                          + "\"}"))
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void privateSymmetricAndOtherKeysAreRefused() {
    for (String json :
        new String[] {
          P256.replace("{", "{\"d\":\"AA\","),
          ED25519.replace("{", "{\"d\":\"AA\","),
          "{\"kty\":\"oct\",\"k\":\"AA\"}",
          "{\"kty\":\"oct\",\"crv\":\"P-256\"}",
          "{\"kty\":\"RSA\",\"crv\":\"P-256\",\"n\":\"AA\",\"e\":\"AQAB\"}",
          P256.replace("P-256", "P-384"),
          P256.replace("P-256", "secp256k1"),
          ED25519.replace("Ed25519", "X25519"),
          P256.replace("MKBC", "AMKBC")
        }) {
      assertThatThrownBy(() -> parse(json)).as(json).isInstanceOf(FormatException.class);
    }
  }
}
