package dev.counterfoil.signer;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.KeyStatement;
import java.nio.file.Path;
import java.util.List;

/**
 * A token (PKCS#11), an HSM or SoftHSM2: one that holds a signer's token keys, or the key that keys
 * at rest are encrypted with.
 *
 * @param library its maker's library
 * @param token label of the token
 * @param pinFile the user's PIN
 * @param reads what the library reads beside itself
 * @param writes what it writes
 * @param addresses where it connects to; empty for none
 */
public record Pkcs11Entry(
    @Meaning("The shared library of the HSM's maker, such as /usr/lib/softhsm/libsofthsm2.so.")
        Path library,
    @Meaning("Label of the token. A slot's number is none: it changes when tokens come and go.")
        String token,
    @Meaning("File with the PIN of the token's user, mode 600, or a systemd credential.")
        SecretFile pinFile,
    @Meaning("Files and folders that the library reads, such as its configuration.")
        List<Path> reads,
    @Meaning("Files and folders that the library writes, such as a socket's or a token's.")
        List<Path> writes,
    @Meaning(
            "Addresses of a network HSM. With one, TCP sockets are allowed, and the unit has to bound them to it with IPAddressAllow=.")
        List<HostPort> addresses) {
  private static final int LABEL_BYTES_MAX = 32;

  public Pkcs11Entry {
    reads = List.copyOf(reads);
    writes = List.copyOf(writes);
    addresses = List.copyOf(addresses);
    if (token.isBlank()
        || token.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LABEL_BYTES_MAX) {
      throw new IllegalArgumentException("a token's label has 1 to 32 bytes");
    }
  }

  /** What a token cannot hold is refused with the configuration, before any key is made. */
  static void check(Role role, Purposes purposes) {
    if (role != Role.SIGNER) {
      throw new IllegalArgumentException(
          "only a signer has pkcs11: the statement key and the logs' keys stay in software");
    }
    for (Purpose purpose : purposes.all()) {
      for (KeyStatement.Ring ring : purpose.rings()) {
        if (TokenAlgorithm.of(ring.algorithm()).isEmpty()) {
          throw new IllegalArgumentException(
              "purpose "
                  + purpose.name()
                  + " has keys of "
                  + ring.algorithm().jose()
                  + ", which a token of pkcs11 does not hold: it holds ES256, RS256 and EdDSA. A signer of its own can have them in software");
        }
      }
    }
  }
}
