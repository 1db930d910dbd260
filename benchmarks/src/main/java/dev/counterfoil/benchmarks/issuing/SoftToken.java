package dev.counterfoil.benchmarks.issuing;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A token of SoftHSM2 in a run's folder. */
final class SoftToken {
  static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
  private static final String LABEL = "bench";
  private static final String PIN = "bench-1234";
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
    Files.writeString(RunFolder.secret(folder.resolve("pin")), PIN);
    SoftToken token = new SoftToken(folder);
    try (Child child =
        Child.start(
            "softhsm2-util",
            folder,
            token.environment(),
            List.of(
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                LABEL,
                "--so-pin",
                PIN,
                "--pin",
                PIN))) {
      child.said(PATIENCE);
    }
    return token;
  }

  /** By which the library finds its configuration. */
  Map<String, String> environment() {
    return Map.of("SOFTHSM2_CONF", folder.resolve("softhsm2.conf").toString());
  }

  /** The part of a domain's configuration. */
  String configuration() {
    return "pkcs11: {library: %s, token: %s, pin-file: %s, reads: [%s], writes: [%s]}"
        .formatted(LIBRARY, LABEL, folder.resolve("pin"), folder.resolve("softhsm2.conf"), folder);
  }

  /** Signatures of one thread, in a process of their own: the library reads its environment. */
  double signsPerSecond() throws IOException, InterruptedException {
    try (Child child =
        Child.java(folder, environment(), List.of(), SoftToken.class, folder.toString())) {
      return Double.parseDouble(child.said(PATIENCE).strip());
    }
  }

  /** Prints ES256 signatures a second in a token, by the JDK's own provider. */
  public static void main(String[] arguments) throws Exception {
    Path configuration = Path.of(arguments[0], "jdk.cfg");
    Files.writeString(
        configuration, "name = bench\nlibrary = " + LIBRARY + "\nslotListIndex = 0\n");
    Provider provider = Security.getProvider("SunPKCS11").configure(configuration.toString());
    KeyStore.getInstance("PKCS11", provider).load(null, PIN.toCharArray());
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    System.out.println(
        Floors.signs(
            Signature.getInstance("SHA256withECDSA", provider), generator.generateKeyPair()));
  }
}
