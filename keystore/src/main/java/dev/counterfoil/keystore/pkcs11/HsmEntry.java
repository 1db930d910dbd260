package dev.counterfoil.keystore.pkcs11;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A token (PKCS#11), an HSM or SoftHSM2: one that holds a signer's token keys, or the key that keys
 * at rest are encrypted with.
 */
public record HsmEntry(
    @Meaning("The shared library of the HSM's maker, such as /usr/lib/softhsm/libsofthsm2.so.")
        Path library,
    @Meaning(
            "Label of the token. Do not use a slot's number: it changes when tokens come and"
                + " go.")
        String token,
    @Meaning("File with the PIN of the token's user, mode 600, or a systemd credential.")
        SecretFile pinFile,
    @Meaning("Files and folders that the library reads, such as its configuration.")
        List<Path> reads,
    @Meaning("Files and folders that the library writes, such as a socket's or a token's.")
        List<Path> writes,
    @Meaning(
            "Addresses of a network HSM. If there is one, TCP sockets are allowed, and"
                + " the unit must restrict them to it with IPAddressAllow=.")
        List<HostPort> addresses) {
  private static final int LABEL_BYTES_MAX = 32;

  public HsmEntry {
    reads = List.copyOf(reads);
    writes = List.copyOf(writes);
    addresses = List.copyOf(addresses);
    if (token.isBlank()
        || token.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LABEL_BYTES_MAX) {
      throw new IllegalArgumentException("a token's label has 1 to 32 bytes");
    }
  }

  /** Refuses a configuration that does not say in which way the keys at rest are sealed. */
  public static void checkSealing(
      Optional<SecretFile> passphrase, Optional<HsmEntry> wrapping, Optional<HsmEntry> before) {
    if (passphrase.isEmpty() && wrapping.isEmpty()) {
      throw new IllegalArgumentException(
          "keys at rest are encrypted with passphrase-file or with wrapping-key. Give"
              + " one of the two, or both at the start that moves them from the first to the"
              + " second. wrapping-key-before stands beside one of them, at the start that"
              + " moves them back or to another token");
    }
    if (before.isPresent() && passphrase.isPresent() && wrapping.isPresent()) {
      throw new IllegalArgumentException(
          "wrapping-key-before stands beside passphrase-file or beside wrapping-key,"
              + " not both: keys move from one place to one other");
    }
    if (before.isPresent() && wrapping.isPresent() && isSame(before.get(), wrapping.get())) {
      throw new IllegalArgumentException(
          "wrapping-key-before names the token of wrapping-key, but keys move between two tokens");
    }
  }

  private static boolean isSame(HsmEntry one, HsmEntry other) {
    return one.library().equals(other.library()) && one.token().equals(other.token());
  }
}
