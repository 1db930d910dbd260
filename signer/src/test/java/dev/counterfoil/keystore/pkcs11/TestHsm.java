package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.counterfoil.configuration.SecretFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An HSM of SoftHSM2 in a folder of its own. It goes away when its folder is moved, and comes back
 * with it.
 */
public final class TestHsm {
  public static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
  public static final String LABEL = "counterfoil-test";
  public static final String PIN = "pin-9d1f7a2c55";

  private final Path folder;

  private TestHsm(Path folder) {
    this.folder = folder;
  }

  public static TestHsm in(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("tokens"));
    Files.writeString(
        folder.resolve("softhsm2.conf"),
        "directories.tokendir = "
            + folder.resolve("tokens")
            + "\nobjectstore.backend = file\nlog.level = ERROR\n");
    Files.writeString(
        Files.createFile(
            folder.resolve("pin"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
        PIN + "\n");
    TestHsm hsm = new TestHsm(folder);
    hsm.makeToken(LABEL);
    return hsm;
  }

  public void makeToken(String label) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                "so-" + PIN,
                "--pin",
                PIN)
            .redirectErrorStream(true);
    builder.environment().putAll(environment());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("softhsm2-util failed: " + said);
    }
  }

  /** By which the library finds its configuration. */
  public Map<String, String> environment() {
    return Map.of("SOFTHSM2_CONF", configuration().toString());
  }

  Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  public Path pinFile() {
    return folder.resolve("pin");
  }

  public HsmEntry entry() throws IOException {
    return entry(LABEL);
  }

  public HsmEntry entry(String label) throws IOException {
    return new HsmEntry(LIBRARY, label, SecretFile.at(pinFile()), List.of(), List.of(), List.of());
  }

  /** As a signer's configuration has it, for its token keys. */
  public String yaml() {
    return yaml("pkcs11");
  }

  /** The same under another name: what the HSM is for. */
  public String yaml(String what) {
    return """
        %s:
          library: %s
          token: %s
          pin-file: %s
          reads: [%s]
          writes: [%s]
        """
        .formatted(what, LIBRARY, LABEL, pinFile(), configuration(), folder);
  }

  /** How many private keys are in it, whosever; its files say so without the library. */
  public long privateKeys() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("tokens"))) {
      return files
          .filter(file -> file.toString().endsWith(".object"))
          .filter(file -> !file.endsWith("token.object"))
          .count();
    }
  }

  public void goAway() throws IOException {
    Files.move(folder.resolve("tokens"), folder.resolve("tokens.away"));
    Files.createDirectory(folder.resolve("tokens"));
  }

  public void comeBack() throws IOException {
    Files.delete(folder.resolve("tokens"));
    Files.move(folder.resolve("tokens.away"), folder.resolve("tokens"));
  }

  /** In this very process, whose library asks the C library for its environment. */
  @SuppressWarnings("restricted")
  public void setEnvironmentHere() throws Throwable {
    var setenv =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int answer =
          (int)
              setenv.invokeExact(
                  arena.allocateFrom("SOFTHSM2_CONF"),
                  arena.allocateFrom(configuration().toString()),
                  1);
      if (answer != 0) {
        throw new IOException("setenv failed");
      }
    }
  }
}
