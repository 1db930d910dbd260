package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A token of SoftHSM2 in a run's folder. */
final class SoftToken {
  static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
  private static final String LABEL = "bench";
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Path folder;

  private SoftToken(Path folder) {
    this.folder = folder;
  }

  static SoftToken make(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("tokens"));
    Files.writeString(
        folder.resolve("softhsm2.conf"),
        "directories.tokendir = " + folder.resolve("tokens") + "\nobjectstore.backend = file\n");
    Path pin =
        Files.createFile(
            folder.resolve("pin"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(pin, BareToken.PIN);
    SoftToken token = new SoftToken(folder);
    try (Child child =
        Child.start(
            "softhsm2-util",
            folder,
            folder.resolve("init.log"),
            token.environment(),
            List.of(
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                LABEL,
                "--so-pin",
                BareToken.PIN,
                "--pin",
                BareToken.PIN))) {
      if (child.await(PATIENCE) != 0) {
        throw new IOException("softhsm2-util failed." + child.shown());
      }
    }
    return token;
  }

  /** By which the library finds its configuration. */
  Map<String, String> environment() {
    return Map.of("SOFTHSM2_CONF", folder.resolve("softhsm2.conf").toString());
  }

  /** The part of a domain's configuration. */
  String configuration() {
    return """
            pkcs11: {library: %s, token: %s, pin-file: %s, reads: [%s], writes: [%s]}
        """
        .formatted(LIBRARY, LABEL, folder.resolve("pin"), folder.resolve("softhsm2.conf"), folder);
  }

  /** Signatures of one thread with the JDK's own provider, in a process of their own. */
  double signsPerSecond() throws IOException, InterruptedException {
    try (Child child =
        Child.start(
            "bare token",
            folder,
            folder.resolve("bare.log"),
            environment(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                BareToken.class.getName(),
                LIBRARY.toString()))) {
      if (child.await(PATIENCE) != 0) {
        throw new IOException("SoftHSM2 cannot be measured." + child.shown());
      }
      return Double.parseDouble(child.output().strip());
    }
  }
}
