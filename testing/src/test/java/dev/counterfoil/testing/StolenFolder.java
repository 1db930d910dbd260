package dev.counterfoil.testing;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * A signer's folder in a thief's hands: he opens its sealed key with the passphrase beside it, and
 * signs with the JDK alone. He copies an honest token in all but its subject.
 *
 * @param domain the trust domain's name, which he reads in the configuration
 * @param folder the copy
 */
record StolenFolder(String domain, Path folder) {
  private static final BigInteger ORDER =
      new BigInteger("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16);
  private static final int SCALAR_BYTES = 32;

  /** The token as it would be for somebody else. */
  String forge(String honest, String subject) throws Exception {
    return forge(honest, Map.of("sub", subject));
  }

  /** The token with other claims. */
  String forge(String honest, Map<String, String> others) throws Exception {
    String[] parts = honest.split("\\.", -1);
    JsonObject claims = StrictJson.object(Base64.getUrlDecoder().decode(parts[1]), 1 << 16);
    String forged = claims.toString();
    for (Map.Entry<String, String> other : others.entrySet()) {
      String name = "\"" + other.getKey() + "\":\"";
      forged =
          forged.replace(
              name + claims.string(other.getKey()) + "\"", name + other.getValue() + "\"");
    }
    String input = parts[0] + "." + encode(forged.getBytes(StandardCharsets.UTF_8));
    return input + "." + encode(sign(input.getBytes(StandardCharsets.US_ASCII)));
  }

  private byte[] sign(byte[] input) throws GeneralSecurityException, IOException {
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key());
    signature.update(input);
    byte[] signed = signature.sign();
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(signed, SCALAR_BYTES, 2 * SCALAR_BYTES));
    if (s.compareTo(ORDER.shiftRight(1)) > 0) {
      // Ours have the lower half, and he has seen some.
      byte[] low = ORDER.subtract(s).toByteArray();
      byte[] padded = new byte[SCALAR_BYTES];
      int from = Math.max(0, low.length - SCALAR_BYTES);
      System.arraycopy(low, from, padded, SCALAR_BYTES - (low.length - from), low.length - from);
      System.arraycopy(padded, 0, signed, SCALAR_BYTES, SCALAR_BYTES);
    }
    return signed;
  }

  private PrivateKey key() throws GeneralSecurityException, IOException {
    byte[] sealed = Files.readAllBytes(folder.resolve("g1/keys/k1.sealed"));
    byte[] salt = Arrays.copyOfRange(sealed, 4, 36);
    byte[] secret =
        Files.readString(folder.resolve("passphrase")).strip().getBytes(StandardCharsets.UTF_8);
    SecretKey key =
        KDF.getInstance("HKDF-SHA256")
            .deriveKey(
                "AES",
                HKDFParameterSpec.ofExtract()
                    .addIKM(secret)
                    .addSalt(salt)
                    .thenExpand("counterfoil key at rest".getBytes(StandardCharsets.US_ASCII), 32));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, sealed, 36, 12));
    cipher.updateAAD(("token key of " + domain + ": k1").getBytes(StandardCharsets.UTF_8));
    byte[] encoded = cipher.doFinal(sealed, 48, sealed.length - 48);
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
