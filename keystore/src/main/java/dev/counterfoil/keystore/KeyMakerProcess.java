package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@link KeyMakerMain} with the Java runtime and class path of this process and takes what it
 * made.
 *
 * @param command the program and its arguments, none of them secret
 */
public record KeyMakerProcess(List<String> command) implements KeyMaking {
  /** Longest wait for keys: a busy machine is slow, and a maker that hangs must not be for ever. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private static final String CACHE = "-XX:AOTCache=";
  private static final String CACHE_NAME = "key-maker.aot";
  private static final String RECORDING = "-XX:AOTConfiguration=";

  /** Options that a shell may add to every Java program; what they write could hold a key. */
  private static final List<String> ENVIRONMENT_LEFT_OUT =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  private static final List<String> LIBRARY_PROPERTIES =
      List.of(
          "java.io.tmpdir",
          "java.library.path",
          "com.amazon.corretto.crypto.provider.useExternalLib");

  public KeyMakerProcess {
    command = List.copyOf(command);
  }

  /** As this process was started. */
  public static KeyMakerProcess likeThisProcess() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xms16m",
            "-Xmx48m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:-HeapDumpOnOutOfMemoryError",
            "-XX:ErrorFile=/dev/null",
            "-XX:+DisplayVMOutputToStderr",
            // The answer alone goes to standard output; the runtime's log would, too.
            "-Xlog:disable",
            "-Xlog:all=warning:stderr",
            "--enable-native-access=ALL-UNNAMED"));
    // Libraries unpack themselves there, and this process may have no other place for it; those of
    // a
    // distribution are loaded from where they lie.
    for (String property : LIBRARY_PROPERTIES) {
      String value = System.getProperty(property);
      if (value != null) {
        command.add("-D" + property + "=" + value);
      }
    }
    command.addAll(startCache(ManagementFactory.getRuntimeMXBean().getInputArguments()));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), KeyMakerMain.class.getName()));
    return new KeyMakerProcess(command);
  }

  /** The maker's start cache lies beside that of the program that orders, and is recorded so. */
  private static List<String> startCache(List<String> flags) {
    for (String flag : flags) {
      if (flag.startsWith(RECORDING)) {
        String file = flag.substring(RECORDING.length());
        return List.of(
            "-XX:AOTMode=record", RECORDING + Path.of(file).resolveSibling("key-maker.aotconf"));
      }
      Path cache = Path.of(flag.startsWith(CACHE) ? flag.substring(CACHE.length()) : "");
      Path own = cache.resolveSibling(CACHE_NAME);
      if (flag.startsWith(CACHE) && Files.isReadable(own)) {
        return List.of(CACHE + own, "-Xlog:aot*=off", "-Xlog:cds*=off");
      }
    }
    return List.of();
  }

  @Override
  public List<MadeKey> make(List<KeyBatch> batches) throws IOException, GeneralSecurityException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    ENVIRONMENT_LEFT_OUT.forEach(builder.environment()::remove);
    Process maker = builder.start();
    try {
      try (OutputStream order = maker.getOutputStream()) {
        order.write(KeyMaker.order(batches));
      }
      CompletableFuture<Process> _ =
          maker
              .onExit()
              .orTimeout(WAIT_MAX.toSeconds(), TimeUnit.SECONDS)
              .exceptionally(_ -> maker.destroyForcibly());
      byte[] answer = maker.getInputStream().readNBytes(KeyMaker.LINE_BYTES_MAX);
      int exit = maker.waitFor();
      if (exit == ProcessExitCode.UNAVAILABLE.code()) {
        throw new HsmAwayException(
            "keys could not be created: the token with the wrapping key is away");
      }
      if (exit != 0) {
        throw new GeneralSecurityException(
            "keys could not be created: the key maker ended with code "
                + exit
                + ". The reason is in this process's standard error");
      }
      List<MadeKey> made = KeyMaker.read(answer);
      if (made.size() != batches.stream().mapToInt(batch -> batch.orders().size()).sum()) {
        throw new GeneralSecurityException("the key maker made a different number of keys");
      }
      return made;
    } catch (FormatException e) {
      throw new GeneralSecurityException("the key maker's answer is invalid: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keys were made", e);
    } finally {
      maker.destroyForcibly();
    }
  }
}
