package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.scan.KeyScan;
import dev.counterfoil.scan.OwnKey;
import dev.counterfoil.scan.Progress;
import dev.counterfoil.scan.Report;
import dev.counterfoil.scan.ScanFinding;
import dev.counterfoil.scan.ScanLimits;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures searching a core dump for private keys. */
@Command(
    name = "scan",
    mixinStandardHelpOptions = true,
    description = {
      "Dumps the memory of a JVM with gcore, without its pages of zeros, plants keys in the dump, and measures finding them",
      "on one core: keys in general and several of our own together. Beside it, in the same run, YARA with rules for the",
      "usual formats, and rsakeyfind, where they are installed."
    })
final class ScanBenchmarkCommand implements Callable<Integer> {
  private static final int PAGE = 4096;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final double MEGA = 1e6;
  private static final List<String> ALGORITHMS =
      List.of("ES256", "ES256", "ES256", "EdDSA", "EdDSA", "EdDSA", "RS256", "ML-DSA-44");
  private static final String RULES =
      """
      rule pem { strings: $a = /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/ condition: $a }
      rule pkcs8_ec { strings: $a = { 02 01 00 30 13 06 07 2a 86 48 ce 3d 02 01 } condition: $a }
      rule pkcs8_rsa { strings: $a = { 02 01 00 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 } condition: $a }
      rule pkcs8_ed25519 { strings: $a = { 02 01 00 30 05 06 03 2b 65 70 04 22 04 20 } condition: $a }
      rule pkcs1 { strings: $a = { 30 82 ?? ?? 02 01 00 02 82 } condition: $a }
      rule jwk { strings: $a = "\\"kty\\"" $b = /"d" ?: ?"[A-Za-z0-9_-]{20,}/ condition: $a and $b }
      """;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Size of the dump (default: ${DEFAULT-VALUE}).")
  private int megabytes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often it is searched; the best round counts (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  /**
   * What was found.
   *
   * @param megabytes of the dump
   * @param planted forms of our own keys that were hidden
   * @param found how many of them came out
   * @param perSecond megabytes a second by the clock, of the best round
   * @param perProcessorSecond by the time that the thread had a processor
   * @param archives what archives cost
   * @param others the same for other programs, or why there is no figure
   */
  record Rates(
      Machine machine,
      double megabytes,
      int planted,
      long found,
      double perSecond,
      double perProcessorSecond,
      Archives archives,
      Map<String, String> others) {
    String text() {
      StringBuilder text = new StringBuilder();
      text.append(
          String.format(
              Locale.ROOT,
              "- %.0f MB of a JVM's memory: %.0f MB/s by the clock, %.0f by processor time; %d of %d planted forms found.%n",
              megabytes,
              perSecond,
              perProcessorSecond,
              found,
              planted));
      text.append(archives.text());
      others.forEach((name, rate) -> text.append("- %s: %s.%n".formatted(name, rate)));
      return text.append(machine.line()).toString();
    }
  }

  /**
   * What it took to search archives: they are unpacked on the same core.
   *
   * @param megabytes of the archives as they lie there
   * @param expanded megabytes of what is in them
   * @param seconds by the clock, of the best round
   */
  record Archives(double megabytes, double expanded, double seconds) {
    String text() {
      return String.format(
          Locale.ROOT,
          "- %.0f MB of jars with %.0f MB in them, unpacked and searched: %.0f MB/s of the content, %.0f MB/s of the files.%n",
          megabytes,
          expanded,
          expanded / seconds,
          megabytes / seconds);
    }
  }

  @Override
  public Integer call()
      throws IOException, InterruptedException, ParseException, GeneralSecurityException {
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      Path dump = dump(folder.path());
      List<OwnKey> keys = new ArrayList<>();
      int planted = plant(dump, keys);
      double size = Files.size(dump) / MEGA;
      double best = Double.MAX_VALUE;
      double processor = 0;
      long found = 0;
      for (int round = 0; round < rounds; round++) {
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long begun = System.nanoTime();
        KeyScan scan = new KeyScan(keys, ScanLimits.standard(), Progress.none());
        scan.search(dump);
        double seconds = (System.nanoTime() - begun) / 1e9;
        double used =
            (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before) / 1e9;
        Report report = scan.report();
        found =
            report.findings().stream()
                .filter(ScanFinding::isOurs)
                .map(finding -> finding.kid().orElseThrow() + finding.encodings())
                .distinct()
                .count();
        if (seconds < best) {
          best = seconds;
          processor = used;
        }
      }
      Map<String, String> others =
          Map.of(
              "YARA, six rules", yara(folder.path(), dump, size),
              "rsakeyfind", other(folder.path(), List.of("rsakeyfind", dump.toString()), size));
      Rates rates =
          new Rates(
              machine, size, planted, found, size / best, size / processor, archives(keys), others);
      publication.report(place.root(), "scan", rates.text(), rates);
      return found >= planted ? 0 : 1;
    }
  }

  /** The jars of this very program. */
  private Archives archives(List<OwnKey> keys) throws IOException {
    List<Path> jars =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(file -> file.endsWith(".jar"))
            .map(Path::of)
            .toList();
    Archives best = new Archives(0, 0, Double.MAX_VALUE);
    for (int round = 0; round < rounds; round++) {
      long begun = System.nanoTime();
      KeyScan scan = new KeyScan(keys, ScanLimits.standard(), Progress.none());
      for (Path jar : jars) {
        scan.search(jar);
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      Report report = scan.report();
      if (seconds < best.seconds()) {
        best = new Archives(report.bytes() / MEGA, report.expandedBytes() / MEGA, seconds);
      }
    }
    return best;
  }

  /** A core of a JVM without its pages of zeros, which would be searched faster than they count. */
  private Path dump(Path folder) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String heap = "-Xmx" + (megabytes + megabytes / 2) + "m";
    List<String> command =
        List.of(
            java,
            heap,
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            ScanFill.class.getName());
    Path core = folder.resolve("core");
    try (Child fill = Child.start("fill", folder, folder.resolve("fill.log"), Map.of(), command)) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!fill.output().contains("full") && System.nanoTime() < end && fill.isAlive()) {
        Thread.sleep(200);
      }
      if (!fill.output().contains("full")) {
        throw new IOException("the JVM to dump did not get full." + fill.shown());
      }
      long process = fill.all().getFirst().pid();
      try (Child gcore =
          Child.start(
              "gcore",
              folder,
              folder.resolve("gcore.log"),
              Map.of(),
              List.of("gcore", "-o", core.toString(), Long.toString(process)))) {
        if (gcore.await(PATIENCE) != 0) {
          throw new IOException("gcore failed: is gdb installed?" + gcore.shown());
        }
      }
      return withoutZeros(Path.of(core + "." + process), folder.resolve("dump"));
    }
  }

  private Path withoutZeros(Path core, Path dump) throws IOException {
    long left = megabytes * (long) MEGA;
    byte[] page = new byte[PAGE];
    byte[] zeros = new byte[PAGE];
    try (InputStream in = new BufferedInputStream(Files.newInputStream(core), 1 << 20);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(dump), 1 << 20)) {
      while (left > 0 && in.readNBytes(page, 0, PAGE) == PAGE) {
        if (!Arrays.equals(page, zeros)) {
          out.write(page);
          left -= PAGE;
        }
      }
    }
    Files.delete(core);
    return dump;
  }

  private static int plant(Path dump, List<OwnKey> keys)
      throws IOException, GeneralSecurityException {
    int planted = 0;
    for (String algorithm : ALGORITHMS) {
      String java =
          Map.of("ES256", "EC", "EdDSA", "Ed25519", "RS256", "RSA")
              .getOrDefault(algorithm, algorithm);
      KeyPairGenerator generator = KeyPairGenerator.getInstance(java);
      switch (java) {
        case "EC" -> generator.initialize(256);
        case "RSA" -> generator.initialize(2048);
        default -> {}
      }
      KeyPair pair = generator.generateKeyPair();
      byte[] secret = pair.getPrivate().getEncoded();
      try {
        PublicJwk jwk = PublicJwk.of(PublicJwk.Algorithm.ofJose(algorithm), pair.getPublic());
        keys.add(OwnKey.of(jwk, Optional.of(KeyHint.of(secret, algorithm))));
      } catch (FormatException e) {
        throw new GeneralSecurityException("a key of the JDK's cannot be read", e);
      }
      Files.write(dump, secret, StandardOpenOption.APPEND);
      Files.write(dump, new byte[PAGE], StandardOpenOption.APPEND);
      Files.write(dump, Base64.getMimeEncoder().encode(secret), StandardOpenOption.APPEND);
      planted += 2;
    }
    return planted;
  }

  private static String yara(Path folder, Path dump, double size)
      throws IOException, InterruptedException {
    Path rules = Files.writeString(folder.resolve("keys.yar"), RULES);
    return other(folder, List.of("yara", rules.toString(), dump.toString()), size);
  }

  private static String other(Path folder, List<String> command, double size)
      throws IOException, InterruptedException {
    try {
      long begun = System.nanoTime();
      try (Child child =
          Child.start("other", folder, folder.resolve("other.log"), Map.of(), command)) {
        int exit = child.await(PATIENCE);
        if (exit == 127) {
          return "not installed";
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        long lines = child.output().lines().count();
        return String.format(
            Locale.ROOT, "%.0f MB/s by the clock, %d lines of findings", size / seconds, lines);
      }
    } catch (IOException e) {
      return "not installed";
    }
  }
}
