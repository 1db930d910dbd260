package dev.counterfoil.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.hardening.ProcessFacts;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.scan.KeyScan;
import dev.counterfoil.scan.Progress;
import dev.counterfoil.scan.Report;
import dev.counterfoil.scan.ScanLimits;
import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.key.OwnKey;
import dev.counterfoil.signer.Dumps;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.TestJournal;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything that can leave a signer and a registrar behind their back is forced out of them and
 * searched for their keys in every form: heap dumps, cores, what an exhausted heap and a crash
 * leave, thread dumps, logs at their most talkative, and all that they write.
 */
@Tag("turn-1")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KeyLeakTest {
  /** Of each algorithm. */
  private static final int TOKENS = 100;

  /** Every algorithm that keys in software can be of, side by side. */
  private static final List<PublicJwk.Algorithm> ALGORITHMS = List.of(PublicJwk.Algorithm.values());

  private static final String PURPOSES =
      ALGORITHMS.stream()
          .map(PublicJwk.Algorithm::jose)
          .collect(Collectors.joining(", ", "purposes: [{name: access, algorithms: [", "]}]\n"));

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private static Path rotatingFolder;

  private static @Nullable Rotating rotating;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static boolean isRoot() {
    return Files.isReadable(Path.of("/proc/1/environ"));
  }

  @Test
  @Order(1)
  void coresHoldTheCountedNativeCopiesAndOnlyRootTakesThem() throws Exception {
    assumeTrue(isRoot(), "only root takes cores of a signer");
    Dumps dumps = new Dumps(folder);
    try (TestDomain domain = new TestDomain()) {
      domain.signerPrefix = Dumps.SAME_USER;
      domain.signerExtra = PURPOSES;
      domain.registrarExtra = PURPOSES;
      domain.startAll().destroyForcibly().waitFor();
      Process signer = domain.startSigner();
      domain.awaitSigner();
      sign(domain, ALGORITHMS);
      List<OwnKey> keys = keys(domain);
      Map<PublicJwk.Algorithm, OwnKey> tokenKeys = firstTokenKeys(keys, domain);
      OwnKey log = key(keys, domain, "signer/g1/keys", "log");

      assertThat(dumps.coreAsSameUser(signer.pid(), "same-user")).doesNotExist();
      List<String> sleep = new ArrayList<>(Dumps.SAME_USER);
      sleep.addAll(List.of("sleep", "100"));
      Process other = new ProcessBuilder(sleep).start();
      try {
        assertThat(dumps.coreAsSameUser(other.pid(), "control")).exists();
      } finally {
        other.destroyForcibly();
      }

      assertThat(ours(scan(keys, dumps.core(signer.pid(), "core")))).isEmpty();
      List<ScanFinding> found = ours(scan(keys, dumps.wholeCore(signer.pid(), "whole")));
      tokenKeys.forEach((algorithm, key) -> areCounted(found, key, copiesMax(algorithm)));
      areCounted(found, log, copiesMax(PublicJwk.Algorithm.EDDSA));
      // Of nobody else's.
      Set<String> resident = new HashSet<>(kids(tokenKeys.values()));
      resident.add(log.kid());
      assertThat(found).extracting(f -> f.kid().orElseThrow()).isSubsetOf(resident);
    }
  }

  /**
   * AWS-LC's own copies of a key that was loaded, what loading may leave in freed memory, and the
   * scalars that signing with Ed25519 leaves on the stacks of threads. Of RSA every number that
   * gives the key away is counted: two primes and three exponents.
   */
  private static long copiesMax(PublicJwk.Algorithm algorithm) {
    return switch (algorithm) {
      case ES256 -> 3;
      case RS256 -> 20;
      case EDDSA -> 8;
      case ML_DSA_44 -> 4;
    };
  }

  /** The same for each number, or form, of the key alone. */
  private static long copiesOfEachMax(PublicJwk.Algorithm algorithm) {
    return switch (algorithm) {
      case RS256 -> 4;
      case ML_DSA_44 -> 2;
      case ES256, EDDSA -> copiesMax(algorithm);
    };
  }

  /** At least one, or the search is blind. */
  private static void areCounted(List<ScanFinding> found, OwnKey key, long max) {
    List<ScanFinding> copies =
        found.stream().filter(f -> f.kid().equals(Optional.of(key.kid()))).toList();
    assertThat((long) copies.size())
        .as(key.publicKey().algorithm() + ": " + copies)
        .isBetween(1L, max);
    assertThat(
            copies.stream()
                .collect(Collectors.groupingBy(ScanFinding::what, Collectors.counting())))
        .allSatisfy(
            (what, count) ->
                assertThat(count)
                    .as(what)
                    .isLessThanOrEqualTo(copiesOfEachMax(key.publicKey().algorithm())));
  }

  /**
   * Processes whose keys follow each other by themselves, started again meanwhile. Other tests run
   * until their first key is destroyed.
   *
   * @param first the keys of the beginning
   * @param destroyed the first token keys among them, one of each algorithm
   * @param secret the private half of the one of ES256, in hexadecimal digits
   */
  private record Rotating(
      TestDomain domain,
      Process registrar,
      Process signer,
      List<OwnKey> first,
      Map<PublicJwk.Algorithm, OwnKey> destroyed,
      String secret) {
    static Rotating begin(Path folder) throws Exception {
      TestDomain domain = new TestDomain();
      domain.journal = TestJournal.start();
      domain.flags =
          List.of(
              "-XX:-DisableAttachMechanism",
              "-XX:+HeapDumpOnOutOfMemoryError",
              "-XX:HeapDumpPath=" + folder,
              "-XX:ErrorFile=" + folder + "/hs_err_%p.log",
              "-XX:-CreateCoredumpOnCrash",
              "-XX:+EnableDynamicAgentLoading",
              "-Djava.util.logging.config.file=" + talkative(folder));
      String accepted = "accept-lost-protections: [heap-dumps-by-attach, heap-dumps-by-flag]\n";
      // Followed early, and able to sign on for as long as a busy machine may take.
      String fast =
          "life-max: 1s\nusage-period: 12s\nusage-reserve: 30s\npropagation-window: 1s\naccept-good-tokens-refused: true\n";
      domain.signerExtra = accepted + fast + PURPOSES;
      domain.registrarExtra = accepted + fast + PURPOSES;
      Process registrar = domain.startRegistrar();
      domain.delegate();
      Process made = domain.startSigner();
      domain.awaitSigner();
      domain.await(
          "a key of each algorithm",
          () -> ALGORITHMS.stream().allMatch(one -> label(domain, one).isPresent()));
      List<OwnKey> first = keys(domain);
      Map<PublicJwk.Algorithm, OwnKey> destroyed = firstTokenKeys(first, domain);
      String secret =
          secret(
              domain.path(
                  "signer/g1/keys/"
                      + label(domain, PublicJwk.Algorithm.ES256).orElseThrow()
                      + ".sealed"),
              domain);
      // Started again, with keys that they only open.
      made.destroyForcibly().waitFor();
      registrar.destroyForcibly().waitFor();
      registrar = domain.startRegistrar();
      domain.awaitRegistrar();
      Process signer = domain.startSigner();
      domain.awaitSigner();
      sign(domain, ALGORITHMS);
      return new Rotating(domain, registrar, signer, first, destroyed, secret);
    }

    private static String secret(Path file, TestDomain domain) throws Exception {
      FileDisk disk = FileDisk.privateFolder(Objects.requireNonNull(file.getParent()));
      byte[] pkcs8 =
          SealedKeys.with(passphrase(domain, "signer"), KeyMaker::make)
              .open(disk, String.valueOf(file.getFileName()), "token key of enterprise: k1");
      ECPrivateKey key =
          (ECPrivateKey)
              KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      byte[] number = key.getS().toByteArray();
      byte[] scalar = new byte[32];
      int length = Math.min(number.length, scalar.length);
      System.arraycopy(number, number.length - length, scalar, scalar.length - length, length);
      return HexFormat.of().formatHex(scalar);
    }

    /** Their time is over, and others sign. */
    void awaitDestroyed() throws Exception {
      Path keys = domain.path("signer/g1/keys");
      for (PublicJwk.Algorithm algorithm : ALGORITHMS) {
        String label = label(domain, algorithm).orElseThrow();
        domain.await(
            "the end of the first key of " + algorithm.jose(),
            () ->
                Files.exists(keys.resolve(label + ".destroyed"))
                    && !Files.exists(keys.resolve(label + ".sealed")));
      }
      domain.awaitSigner();
      sign(domain, ALGORITHMS);
    }

    /** Those of before, and those that there are now. */
    List<OwnKey> allKeys() throws Exception {
      Map<String, OwnKey> all = new LinkedHashMap<>();
      first.forEach(key -> all.put(key.kid(), key));
      keys(domain).forEach(key -> all.put(key.kid(), key));
      return List.copyOf(all.values());
    }

    /** What its processes printed, and what the journal says of them beside it. */
    void exportJournal(Path file) throws Exception {
      TestJournal journal = domain.journal;
      if (journal != null) {
        journal.export(file);
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .contains("SYSLOG_IDENTIFIER=signer", "SYSLOG_IDENTIFIER=registrar", "_CMDLINE=");
      }
    }

    /** A line that says what no line may say. */
    void plant(Path folder) throws Exception {
      Path line = Files.writeString(folder.resolve("line"), "FINE: signs with " + secret + "\n");
      TestJournal journal = domain.journal;
      if (journal != null) {
        journal.write("signer", line);
        journal.export(folder.resolve("journal"));
        Files.delete(line);
      }
      byte[] scalar = HexFormat.of().parseHex(secret);
      byte[] memory = new byte[4096];
      new SecureRandom().nextBytes(memory);
      for (int i = 0; i < scalar.length; i++) {
        // As AWS-LC has it.
        memory[1000 + i] = scalar[scalar.length - 1 - i];
      }
      Files.write(folder.resolve("memory"), memory);
    }
  }

  @BeforeAll
  static void begin() throws Exception {
    if (isRoot()) {
      rotating = Rotating.begin(rotatingFolder);
    }
  }

  @AfterAll
  static void end() throws Exception {
    if (rotating != null) {
      rotating.domain.close();
      if (rotating.domain.journal != null) {
        rotating.domain.journal.close();
      }
    }
  }

  /** After a restart and rotations, and of the keys too that were retired and destroyed. */
  @Test
  @Order(2)
  void nothingElseThatLeavesTheProcessesHoldsAKey() throws Exception {
    Rotating now = rotating;
    assumeTrue(
        now != null, "the tools of the Java runtime reach a process that is not dumpable as root");
    Dumps dumps = new Dumps(rotatingFolder);
    TestDomain domain = now.domain;
    now.awaitDestroyed();
    List<OwnKey> keys = now.allKeys();
    assertThat(keys)
        .as("log, statement and key log keys, and those before and after")
        .hasSizeGreaterThan(5);

    wholeMemoryHoldsWhatIsUsedAndNothingElse(now, keys, dumps);

    dumps.heap(now.signer.pid(), "signer");
    dumps.heap(now.registrar.pid(), "registrar");
    for (Process process : List.of(now.signer, now.registrar)) {
      dumps.signal(process.pid(), "QUIT");
      dumps.jcmd(process.pid(), "Thread.print", "-l", "-e");
      dumps.exhaust(process.pid());
      Path heap = rotatingFolder.resolve("java_pid" + process.pid() + ".hprof");
      domain.await("the dump of an exhausted heap", () -> Files.exists(heap));
      dumps.signal(process.pid(), "SEGV");
      process.waitFor();
      assertThat(rotatingFolder.resolve("hs_err_" + process.pid() + ".log")).exists();
    }
    now.exportJournal(rotatingFolder.resolve("journal.export"));

    Report left = scan(keys, rotatingFolder);
    assertThat(ours(left)).as("heap dumps, crash reports, thread dumps, the journal").isEmpty();
    Report written = scan(keys, domain.folder);
    assertThat(ours(written)).as("folders, journals, logs").isEmpty();
    assertThat(written.findings())
        .as("anybody's")
        .allMatch(
            f ->
                f.what().equals("counterfoil-sealed-key")
                    // The trial root's, under a passphrase.
                    || (f.what().equals("pem-encrypted")
                        && f.toString().contains("root/root-key.pem")));
    assertThat(written.findings()).as("the search is not blind").isNotEmpty();
    assertThat(domain.log("signer")).contains(" DEBUG ", "Full thread dump", "SIGSEGV");
    assertThat(domain.log("registrar")).contains(" DEBUG ", "Full thread dump", "SIGSEGV");

    // The control: a destroyed key that is somewhere after all.
    now.plant(folder);
    for (String file : List.of(domain.journal == null ? "line" : "journal", "memory")) {
      assertThat(ours(scan(keys, folder.resolve(file))))
          .as(file)
          .extracting(f -> f.kid().orElseThrow())
          .containsOnly(Objects.requireNonNull(now.destroyed.get(PublicJwk.Algorithm.ES256)).kid());
    }
  }

  /** Of keys that were destroyed there is no copy any more, not even for root. */
  private static void wholeMemoryHoldsWhatIsUsedAndNothingElse(
      Rotating now, List<OwnKey> keys, Dumps dumps) throws Exception {
    List<String> known = new ArrayList<>(keys.stream().map(OwnKey::kid).toList());
    assertThat(known.removeAll(kids(now.destroyed.values()))).isTrue();
    for (Process process : List.of(now.signer, now.registrar)) {
      Path core = dumps.wholeCore(process.pid(), "whole");
      assertThat(ours(scan(keys, core)))
          .as("of keys in use, and of no destroyed one: " + now.destroyed)
          .isNotEmpty()
          .extracting(f -> f.kid().orElseThrow())
          .isSubsetOf(known);
      Files.delete(core);
    }
  }

  /** Before it has read its order, a key maker is closed already. */
  @Test
  @Order(1)
  void aKeyMakerIsClosedBeforeItMakesAKey() throws Exception {
    assumeTrue(isRoot(), "only root looks at the core's filter of a process that is not dumpable");
    Dumps dumps = new Dumps(folder);
    List<String> command = new ArrayList<>(Dumps.SAME_USER);
    command.addAll(KeyMakerProcess.likeThisProcess().command());
    Process maker =
        new ProcessBuilder(command)
            .redirectError(folder.resolve("maker.txt").toFile())
            .redirectOutput(folder.resolve("answer.txt").toFile())
            .start();
    try {
      Path filter = Path.of("/proc/" + maker.pid() + "/coredump_filter");
      ProcessFacts facts = ProcessFacts.of(maker.pid());
      Instant end = Instant.now().plus(TestDomain.PATIENCE);
      while (!(Files.readString(filter).strip().matches("0+")
          && facts.hasLimit("Max core file size", "0"))) {
        assertThat(Instant.now()).isBefore(end);
        Thread.sleep(5);
      }
      assertThat(dumps.coreAsSameUser(maker.pid(), "maker")).doesNotExist();
      // As root, what the kernel lets into a core: nothing of its memory.
      assertThat(Files.size(dumps.core(maker.pid(), "maker-root"))).isLessThan(1 << 20);
      dumps.jcmd(maker.pid(), "GC.heap_dump", "-all", folder.resolve("maker.hprof").toString());
      assertThat(folder.resolve("maker.hprof")).doesNotExist();
      // The control: it is one that makes keys.
      Path secret = folder.resolve("passphrase");
      TrialRoot.openOrMakePassphrase(secret);
      try (var order = maker.getOutputStream()) {
        order.write(
            KeyMaker.order(
                List.of(
                    new KeyBatch(
                        new KeyForKeys.PassphraseFile(SecretFile.at(secret)),
                        List.of(new KeyOrder(PublicJwk.Algorithm.ES256, "a test"))))));
      }
      assertThat(maker.waitFor()).isZero();
      assertThat(KeyMaker.read(Files.readAllBytes(folder.resolve("answer.txt")))).hasSize(1);
    } finally {
      maker.destroyForcibly();
    }
  }

  /**
   * With keys in an HSM there is no key to find, and the PIN is no more to be found; nor are the
   * keys at rest that the same HSM's wrapping key opened.
   */
  @Test
  @Order(1)
  void aTokensPinIsLeftNowhere() throws Throwable {
    assumeTrue(
        isRoot(), "the tools of the Java runtime reach a process that is not dumpable as root");
    Dumps dumps = new Dumps(folder);
    TestHsm hsm = TestHsm.in(Files.createDirectory(folder.resolve("hsm")));
    try (TestDomain domain = new TestDomain()) {
      domain.environment = hsm.environment();
      domain.wrappingKey = hsm.yaml("wrapping-key");
      domain.flags =
          List.of(
              "-XX:-DisableAttachMechanism",
              "-Djava.util.logging.config.file=" + talkative(folder));
      domain.signerExtra = hsm.yaml() + "accept-lost-protections: [heap-dumps-by-attach]\n";
      domain.registrarExtra = "accept-lost-protections: [heap-dumps-by-attach]\n";
      Process registrar = domain.startRegistrar();
      domain.delegate();
      Process signer = domain.startSigner();
      domain.awaitSigner();
      sign(domain, List.of(PublicJwk.Algorithm.ES256));
      Path heap = dumps.heap(signer.pid(), "signer");
      dumps.jcmd(signer.pid(), "Thread.print", "-l", "-e");
      assertThat(holds(heap, TestHsm.PIN)).as("heap").isFalse();
      assertThat(holds(heap, TestHsm.LABEL)).as("the search is not blind").isTrue();
      try (Stream<Path> of = Files.walk(domain.folder);
          Stream<Path> dumped = Files.list(folder)) {
        for (Path file : Stream.concat(of, dumped).filter(Files::isRegularFile).toList()) {
          assertThat(holds(file, TestHsm.PIN)).as(file.toString()).isFalse();
        }
      }
      assertThat(holds(hsm.pinFile(), TestHsm.PIN)).isTrue();
      hsm.setEnvironmentHere();
      List<OwnKey> keys = keys(domain, hsm);
      assertThat(keys).as("of log, key log and statements").hasSize(3);
      assertThat(ours(scan(keys, heap))).isEmpty();
      assertThat(ours(scan(keys, dumps.heap(registrar.pid(), "registrar")))).isEmpty();
      assertThat(ours(scan(keys, domain.folder))).isEmpty();
    }
  }

  private static boolean holds(Path file, String text) throws Exception {
    String all = Files.readString(file, StandardCharsets.ISO_8859_1);
    return all.contains(text)
        || all.contains(
            new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.ISO_8859_1))
        || all.contains(
            new String(text.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1));
  }

  private static Path talkative(Path folder) throws Exception {
    return Files.writeString(
        folder.resolve("logging.properties"),
        """
        handlers=java.util.logging.ConsoleHandler
        .level=ALL
        java.util.logging.ConsoleHandler.level=ALL
        """);
  }

  /** A key that a Java program holds the ordinary way is found in its heap dump. */
  @Test
  @Order(1)
  void aKeyOnTheHeapIsFound() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    PublicJwk jwk = PublicJwk.of(PublicJwk.Algorithm.ES256, pair.getPublic());
    OwnKey key = OwnKey.of(jwk, Optional.of(KeyHint.of(pair.getPrivate().getEncoded(), "ES256")));
    Path heap = folder.resolve("own.hprof");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(heap.toString(), true);
    assertThat(ours(scan(List.of(key), heap))).isNotEmpty();
    assertThat(pair.getPrivate().isDestroyed()).isFalse();
  }

  private static void sign(TestDomain domain, List<PublicJwk.Algorithm> algorithms)
      throws Exception {
    try (SignerClient client = domain.signer()) {
      domain.await("a connection", client::isConnected);
      for (PublicJwk.Algorithm algorithm : algorithms) {
        IssueRequest request = TestDomain.request("acme", "mail", 1, algorithm.jose());
        domain.await("a key of " + algorithm.jose(), () -> isIssued(client, request));
        for (int i = 0; i < TOKENS; i++) {
          assertThat(client.ask(request, TestDomain.TIMEOUT)).isInstanceOf(Answer.Issued.class);
          // Refusals write, too.
          assertThat(client.ask(TestDomain.request("nobody", "mail", 60), TestDomain.TIMEOUT))
              .isInstanceOf(Answer.Refused.class);
        }
      }
    }
  }

  private static boolean isIssued(SignerClient client, IssueRequest request) {
    try {
      return client.ask(request, TestDomain.TIMEOUT) instanceof Answer.Issued;
    } catch (SignerUnavailableException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first key of an algorithm that the signer made, by its name in the folder. */
  private static Optional<String> label(TestDomain domain, PublicJwk.Algorithm algorithm) {
    try {
      for (int number = 1; number <= ALGORITHMS.size(); number++) {
        Path file = domain.path("signer/g1/keys/k" + number + ".jwk");
        if (Files.exists(file) && publicKey(file).algorithm() == algorithm) {
          return Optional.of("k" + number);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PublicJwk publicKey(Path file) throws IOException {
    try {
      return PublicJwk.parse(StrictJson.object(Files.readAllBytes(file), 8192));
    } catch (FormatException e) {
      throw new AssertionError(file + " is no public key", e);
    }
  }

  private static Map<PublicJwk.Algorithm, OwnKey> firstTokenKeys(
      List<OwnKey> keys, TestDomain domain) throws Exception {
    Map<PublicJwk.Algorithm, OwnKey> first = new EnumMap<>(PublicJwk.Algorithm.class);
    for (PublicJwk.Algorithm algorithm : ALGORITHMS) {
      String label = label(domain, algorithm).orElseThrow();
      first.put(algorithm, key(keys, domain, "signer/g1/keys", label));
    }
    return first;
  }

  private static List<String> kids(Collection<OwnKey> keys) {
    return keys.stream().map(OwnKey::kid).toList();
  }

  private static Report scan(List<OwnKey> keys, Path path) throws Exception {
    KeyScan scan = new KeyScan(keys, ScanLimits.standard(), Progress.none());
    scan.search(path);
    Report report = scan.report();
    assertThat(report.unopened()).isEmpty();
    return report;
  }

  private static List<ScanFinding> ours(Report report) {
    return report.findings().stream().filter(ScanFinding::isOurs).toList();
  }

  private static OwnKey key(List<OwnKey> keys, TestDomain domain, String of, String label)
      throws Exception {
    Path tokenKey = domain.path(of).resolve(label + ".jwk");
    String kid =
        Files.exists(tokenKey)
            ? publicKey(tokenKey).thumbprint()
            : NoteKey.parse(Files.readString(domain.path(of).resolve(label + ".vkey")).strip())
                .name();
    return keys.stream().filter(key -> key.kid().equals(kid)).findFirst().orElseThrow();
  }

  /** All keys of the domain, with hints that the test takes itself. */
  private static List<OwnKey> keys(TestDomain domain) throws Exception {
    return keys(domain, role -> passphrase(domain, role));
  }

  private static KeyForKeys passphrase(TestDomain domain, String role) throws Exception {
    return new KeyForKeys.PassphraseFile(SecretFile.at(domain.path(role).resolve("passphrase")));
  }

  private static List<OwnKey> keys(TestDomain domain, TestHsm hsm) throws Exception {
    return keys(
        domain,
        role -> new KeyForKeys.InHsm(WrappingKey.openOrMake(domain.path(role), hsm.entry())));
  }

  @FunctionalInterface
  private interface AtRest {
    KeyForKeys of(String role) throws Exception;
  }

  private static List<OwnKey> keys(TestDomain domain, AtRest atRest) throws Exception {
    List<OwnKey> keys = new ArrayList<>();
    for (String role : List.of("signer", "registrar")) {
      SealedKeys sealed = SealedKeys.with(atRest.of(role), KeyMaker::make);
      try (Stream<Path> files = Files.walk(domain.path(role))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".sealed")).toList()) {
          try {
            keys.add(key(sealed, file));
          } catch (NoSuchFileException e) {
            // Destroyed at this moment, or made and without its public half yet.
          }
        }
      }
    }
    return keys;
  }

  private static OwnKey key(SealedKeys sealed, Path file) throws Exception {
    String name = file.getFileName().toString();
    String label = name.substring(0, name.length() - ".sealed".length());
    FileDisk disk = FileDisk.privateFolder(Objects.requireNonNull(file.getParent()));
    Path vkey = file.resolveSibling(label + ".vkey");
    if (Files.exists(vkey)) {
      NoteKey key = NoteKey.parse(Files.readString(vkey).strip());
      byte[] pkcs8 = sealed.open(disk, name, "Ed25519 key " + key.name());
      return OwnKey.of(key, Optional.of(KeyHint.of(pkcs8, "EdDSA")));
    }
    PublicJwk jwk = publicKey(file.resolveSibling(label + ".jwk"));
    byte[] pkcs8 = sealed.open(disk, name, "token key of enterprise: " + label);
    return OwnKey.of(jwk, Optional.of(KeyHint.of(pkcs8, jwk.algorithm().jose())));
  }
}
