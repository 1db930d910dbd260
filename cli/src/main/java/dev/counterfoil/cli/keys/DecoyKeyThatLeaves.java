package dev.counterfoil.cli.keys;

import dev.counterfoil.format.keys.PublicJwk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/**
 * A key pair whose private half leaves on purpose, to be planted where a thief would look. It is
 * made in the command's own process, which ends with the command; it is never given to a signer,
 * and no program of ours signs with it. No other class writes a private key to a file in clear.
 */
final class DecoyKeyThatLeaves {
  private static final int LINE = 64;

  private DecoyKeyThatLeaves() {}

  /**
   * Makes a pair and writes its private half in PEM (RFC 7468 10), which is what key files look
   * like.
   *
   * @param file is made, for its owner alone, and must not be there
   * @return the public half
   */
  static PublicJwk makeAndLetGo(Path file) throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    String body =
        Base64.getMimeEncoder(LINE, new byte[] {'\n'})
            .encodeToString(pair.getPrivate().getEncoded());
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        file,
        "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n",
        StandardCharsets.US_ASCII);
    return PublicJwk.es256((ECPublicKey) pair.getPublic());
  }
}
