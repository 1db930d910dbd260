package dev.counterfoil.custodian;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;

/** The private JWK with which a custodian or monitor proves itself at an issuer. */
public final class TestClientKey {
  private TestClientKey() {}

  /** Makes one, for its owner alone. */
  public static void write(Path file) throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    ECPoint point = ((ECPublicKey) pair.getPublic()).getW();
    JsonObject jwk =
        JsonObject.builder()
            .put("kty", "EC")
            .put("crv", "P-256")
            .put("x", fixed(point.getAffineX()))
            .put("y", fixed(point.getAffineY()))
            .put("d", fixed(((ECPrivateKey) pair.getPrivate()).getS()))
            .build();
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, jwk.toString());
  }

  private static String fixed(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[Hash.BYTES];
    int length = Math.min(bytes.length, Hash.BYTES);
    System.arraycopy(bytes, bytes.length - length, fixed, Hash.BYTES - length, length);
    return Base64Url.encode(fixed);
  }
}
