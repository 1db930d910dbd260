package dev.counterfoil.benchmarks;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;

/** ES256 with AWS-LC and nothing around it, over real tokens. */
final class RawCheck {
  private static final String ES256 = "SHA256withECDSAinP1363Format";

  private RawCheck() {}

  /**
   * A check with the key of a token.
   *
   * @param keys file with the issuer's JWKS
   */
  static Signature of(String token, Path keys)
      throws IOException, ParseException, JOSEException, GeneralSecurityException {
    String kid = SignedJWT.parse(token).getHeader().getKeyID();
    byte[] spki =
        JWKSet.parse(Files.readString(keys))
            .getKeyByKeyId(kid)
            .toECKey()
            .toECPublicKey()
            .getEncoded();
    Signature check = Signature.getInstance(ES256, AmazonCorrettoCryptoProvider.INSTANCE);
    check.initVerify(
        KeyFactory.getInstance("EC", AmazonCorrettoCryptoProvider.INSTANCE)
            .generatePublic(new X509EncodedKeySpec(spki)));
    return check;
  }

  static byte[] input(String token) {
    return token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] signature(String token) throws FormatException {
    return Base64Url.decode(token.substring(token.lastIndexOf('.') + 1));
  }
}
